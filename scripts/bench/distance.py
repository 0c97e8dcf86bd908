"""A CE as it is from far away: distance.py HOST PORT MILLISECONDS.

In a network namespace of its own it listens at the CE's address, and carries what it hears to the CE: each way takes so many
milliseconds, and a connection one round trip more, as TCP's handshake does. So the addresses that the CE gives are true there.
Each line of the input is answered with where the namespace is, for `nsenter --net=`. It ends with its input.
"""
import asyncio
import ctypes
import os
import socket
import subprocess
import sys

host, port, delay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) / 1000
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def elsewhere():
    """The socket that listens in a new namespace, and that namespace. This process stays where it is."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    checked(libc.unshare(CLONE_NEWNET))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    there = os.open("/proc/self/ns/net", os.O_RDONLY)
    listening = socket.create_server((host, port), backlog=128)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # HTCondor's own sockets have it, too
    checked(libc.setns(here, CLONE_NEWNET))
    return listening, there


async def carry(source, target, extra):
    """What arrives leaves later, in the same order. Only the first of it waits for the handshake, too."""
    now = asyncio.get_running_loop().time
    earliest = now() + extra
    under_way = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - now())
            if not data:
                break
            target.write(data)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()

    async def hear():
        data = b"-"
        while data:
            try:
                data = await source.read(65536)
            except ConnectionError:
                data = b""
            under_way.put_nowait((max(now(), earliest) + delay, data))

    await asyncio.gather(hear(), deliver())


async def connected(reader, writer):
    try:
        there, away = await asyncio.open_connection(host, port)
        try:
            await asyncio.gather(carry(reader, away, 2 * delay), carry(there, writer, 0))
        finally:
            away.close()
    except OSError:
        pass  # the other side closed it
    finally:
        writer.close()


async def main():
    listening, there = elsewhere()
    await asyncio.start_server(connected, sock=listening)
    ended = asyncio.Event()

    def asked():
        lines = os.read(0, 4096)
        for _ in range(lines.count(b"\n")):
            print(f"0\t/proc/{os.getpid()}/fd/{there}", flush=True)
        if not lines:
            ended.set()

    asyncio.get_running_loop().add_reader(0, asked)
    await ended.wait()
    os._exit(0)  # whatever is under way


asyncio.run(main())
