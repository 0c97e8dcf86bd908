/**
 * Lets `assert.deepStrictEqual` compare all fields of two errors, and the values of two secrets. Chai compares only the names and the
 * messages of errors, and takes all secrets for equal.
 */
import { Redacted } from "effect"
import { chai } from "vitest"

const fieldsOf = (error: Error) => ({ ...error, name: error.name, message: error.message, cause: error.cause })

const comparator = (one: unknown, other: unknown): boolean | null => {
  if (one instanceof Error && other instanceof Error) return equal(fieldsOf(one), fieldsOf(other))
  if (Redacted.isRedacted(one) && Redacted.isRedacted(other)) return equal(Redacted.value(one), Redacted.value(other))
  return null
}

const equal = (left: unknown, right: unknown): boolean => chai.util.eql(left, right, { comparator })

chai.config.deepEqual = equal
