/**
 * Addresses of compute elements, as users write them.
 *
 * @since 0.1.0
 */

/** `host:port`, with the port of an HTCondor-CE (9619) if the endpoint has none. */
export const withPort = (endpoint: string): string => /:\d+$/.test(endpoint) ? endpoint : `${endpoint}:9619`

/** The host, without the brackets of an IPv6 address. */
export const hostOf = (endpoint: string): string => endpoint.replace(/:\d+$/, "").replaceAll(/^\[|\]$/g, "")
