/**
 * How often a removal is repeated.
 */

/**
 * How often a withdrawal removes the jobs that it finds: meanwhile, jobs may complete, and other clients may submit.
 */
export const withdrawals = 4
