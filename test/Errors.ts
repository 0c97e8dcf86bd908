/** Chai's `deepStrictEqual` compares only the names and the messages of two errors. Here it compares all of their fields. */
import { chai } from "vitest"

const fieldsOf = (error: Error) => ({ ...error, name: error.name, message: error.message, cause: error.cause })

const equal = (left: unknown, right: unknown): boolean =>
  chai.util.eql(left, right, {
    comparator: (one: unknown, other: unknown) =>
      one instanceof Error && other instanceof Error ? equal(fieldsOf(one), fieldsOf(other)) : null
  })

chai.config.deepEqual = equal
