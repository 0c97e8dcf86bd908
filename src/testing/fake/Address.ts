/**
 * Addresses of compute elements, as users write them.
 *
 * @since 0.1.0
 */

/** `host:port`, where the port of an HTCondor-CE is 9619 if none is given. */
export const withPort = (endpoint: string): string => /:\d+$/.test(endpoint) ? endpoint : `${endpoint}:9619`

/** The host, without the brackets that an IPv6 address has. */
export const hostOf = (endpoint: string): string => endpoint.replace(/:\d+$/, "").replaceAll(/^\[|\]$/g, "")
