/**
 * Structs that refuse the fields that they do not have.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

// The number of letters to insert, to drop or to replace to get from one name to the other.
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1]
    for (const [j, other] of Array.from(to).entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

// The known name that is nearest to an unknown one, if at most a third of its letters differ.
const meant = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const lower = name.toLowerCase()
  const [first] = known
    .map((one) => ({ one, far: distance(lower, one.toLowerCase()) }))
    .filter(({ far, one }) => far <= Math.ceil(one.length / 3))
    .toSorted((a, b) => a.far - b.far)
  return first?.one
}

/**
 * The same struct, which refuses unknown fields instead of dropping them. It does so with every decoding option, and also
 * inside other schemas. The message suggests the field that was likely meant.
 *
 * @category schemas
 * @since 0.1.0
 */
export const closed = <Fields extends Schema.Struct.Fields>(struct: Schema.Struct<Fields>): Schema.Struct<Fields> => {
  const known = Object.keys(struct.fields)
  // An unknown field has no valid value. The suggested field decides the message.
  const refusing = (likely: string | undefined, message: string) =>
    Schema.Record(
      Schema.String.check(Schema.makeFilter((name) => !known.includes(name) && meant(name, known) === likely)),
      Schema.Never.annotate({ message })
    ).ast.indexSignatures
  const refused = [
    ...known.flatMap((name) => refusing(name, `unknown field: did you mean ${JSON.stringify(name)}?`)),
    ...refusing(undefined, `unknown field: expected one of ${known.join(", ")}`)
  ]
  return struct.rebuild(new SchemaAST.Objects(struct.ast.propertySignatures, refused))
}
