"""The public side of a token issuer: its metadata and its keys over HTTPS, with the certificate of the host."""
import functools, http.server, ssl, sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/issuer/published")
server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/grid-security/hostcert.pem", "/etc/grid-security/hostkey.pem")
# The handshake belongs to the connection's own thread, or one silent client would stop all others.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
