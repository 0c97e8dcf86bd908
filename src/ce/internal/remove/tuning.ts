/**
 * How often a removal is tried.
 */

/**
 * How often a withdrawal removes what it finds: jobs may complete, and others may submit, while it looks.
 */
export const withdrawals = 4
