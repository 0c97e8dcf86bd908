/** The JSON Schemas of the contract and of the cluster: each field that a user sends or receives has a description. */
import { assert, describe, it } from "@effect/vitest"
import { Predicate, Schema } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"

const source = join(import.meta.dirname, "../../src")

type Json = { readonly [key: string]: unknown }

const isJson = (value: unknown): value is Json => Predicate.isObject(value)

/** A field of a class has its description beside the reference to the class. */
const isDescribed = (field: Json): boolean =>
  typeof field["description"] === "string" && field["description"].length > 0 ||
  Array.isArray(field["allOf"]) && field["allOf"].some((part) => isJson(part) && isDescribed(part))

// Effect encodes a duration as a struct, whose fields belong to Effect.
const duration = JSON.stringify(Schema.toJsonSchemaDocument(Schema.Duration).schema["anyOf"])

/** The paths of the fields without a description. */
const undescribed = (path: string, json: unknown): ReadonlyArray<string> => {
  if (Array.isArray(json)) return json.flatMap((part) => undescribed(path, part))
  if (!isJson(json) || JSON.stringify(json["anyOf"]) === duration) return []
  return Object.entries(json).flatMap(([keyword, value]) => {
    if (keyword !== "properties" || !isJson(value)) return undescribed(path, value)
    return Object.entries(value).flatMap(([name, field]) => {
      const inner = undescribed(`${path}.${name}`, field)
      return name === "_tag" || isJson(field) && isDescribed(field) ? inner : [`${path}.${name}`].concat(inner)
    })
  })
}

const missing = (name: string, schema: Schema.Constraint): ReadonlyArray<string> => {
  const { definitions, schema: own } = Schema.toJsonSchemaDocument(schema)
  return [
    ...undescribed(name, own),
    ...Object.entries(definitions).flatMap(([key, definition]) => undescribed(key, definition))
  ]
}

const modules = ["contract", "cluster"].flatMap((directory) =>
  readdirSync(join(source, directory)).filter((file) => file.endsWith(".ts")).map((file) => `${directory}/${file}`)
)

describe("the JSON Schemas of the contract and of the cluster", () => {
  it.each(modules)("%s: each field has a description", async (file) => {
    const module: object = await import(join(source, file))
    const found = Object.entries(module).flatMap(([name, schema]) =>
      Schema.isSchema(schema) ? missing(name, schema) : []
    )
    assert.deepStrictEqual(Array.from(new Set(found)), [])
  })

  it("the test finds fields without a description, also in classes, unions and lists", () => {
    class Bare extends Schema.Class<Bare>("Bare")({ seconds: Schema.Duration }) {}
    const description = "A list."
    const schema = Schema.Struct({
      bare: Bare,
      list: Schema.Array(Schema.TaggedUnion({ One: { size: Schema.Int } })).annotate({ description })
    })
    assert.deepStrictEqual(missing("Schema", schema), ["Schema.bare", "Schema.list.size", "BareEncoded.seconds"])
  })
})
