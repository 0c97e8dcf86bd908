/** Random sequences of operations, as data. */
import { Arbitrary, Array as Arr, Schema } from "effect"
import { Kind } from "./Model.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The client dies at its n-th run of a tool: before the tool starts, while it runs, or before the client reads its answer. */
const Crash = Schema.Struct({
  call: between(0, 6),
  moment: Schema.Literals(["before", "during", "after"])
})

export type Crash = typeof Crash.Type

const crash = Schema.optionalKey(Crash)

/** Jobs so far, as bits. The highest bit adds a job that never existed. */
const jobs = Schema.Union([Schema.Literals([63, 127]), between(1, 127)])

/** One of the jobs so far: its number modulo their count. */
const job = between(0, 11)

const submit = { key: between(0, 2), kind: Kind, copies: between(1, 3), crash }

export const Command = Schema.TaggedUnion({
  Submit: submit,
  Settle: {},
  Status: { jobs },
  List: { of: Schema.Literals(["all", "key", "held", "completed"]), job },
  Fetch: { jobs, elsewhere: Schema.Boolean, crash },
  Cancel: { jobs, crash },
  Purge: { jobs, crash },
  Withdraw: { job, crash },
  Hold: { job },
  Release: { job },
  Remove: { job },
  Expire: {},
  NewClient: {}
})

export type Command = typeof Command.Type

type Tag = Command["_tag"]

const times = (count: number, tag: Tag): Array<Tag> => Array.from({ length: count }, () => tag)

// Jobs must progress, and be fetched, for the other operations to have an effect.
const tags: ReadonlyArray<Tag> = [
  ...times(4, "Submit"),
  ...times(5, "Settle"),
  ...times(5, "Fetch"),
  ...times(3, "Cancel"),
  ...times(2, "Purge"),
  ...times(2, "Hold"),
  ...times(2, "List"),
  ...times(2, "Withdraw"),
  "Status",
  "Release",
  "Remove",
  "Expire",
  "NewClient"
]

const { cases } = Command

const command = Arbitrary.schema(Schema.Literals(tags)).pipe(
  Arbitrary.flatMap((tag): Arbitrary.Arbitrary<Command> => Arbitrary.schema(cases[tag]))
)

/** Sequences that begin with a submission. */
export const sequences = (length: { readonly minimum: number; readonly maximum: number }) =>
  Arbitrary.all([
    Arbitrary.schema(cases.Submit),
    Arbitrary.array(command, { minLength: length.minimum - 1, maxLength: length.maximum - 1 })
  ]).pipe(Arbitrary.map(([first, others]) => Arr.prepend<Command, Command>(others, first)))
