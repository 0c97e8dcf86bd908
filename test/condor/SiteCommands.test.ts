import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as SiteCommands from "../../src/condor/SiteCommands.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import * as Samples from "./Samples.ts"

const isCommands = Schema.is(SiteCommands.Commands)
const isAttributes = Schema.is(SiteCommands.Attributes)

/** A description of the library with all of its commands. */
const written = SubmitDescription.toText({
  ...Samples.smallest,
  image: "/cvmfs/a.sif",
  inputs: ["a"],
  uploads: [{ name: "b", url: "https://h/b" }],
  requests: { cpus: 2, memoryMiB: 100, diskMiB: 3, gpus: 1, wallTimeSeconds: 61, queue: "q" },
  attributes: { EffectCEKey: "key" }
})

const ours = written.slice(0, written.indexOf("\nqueue ")).split("\n").map((line) => line.slice(0, line.indexOf(" = ")))

/** The spellings of one name. */
const spelled = (name: string): ReadonlyArray<string> => {
  const bare = name.replace(/^My\./, "")
  return [
    bare,
    bare.toLowerCase(),
    bare.toUpperCase(),
    bare.replaceAll("_", ""),
    bare.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`),
    `+${bare}`,
    `My.${bare}`,
    `MY.${bare}`,
    `Remote_${bare}`,
    `remote_remote_${bare}`
  ]
}

describe("SiteCommands", () => {
  it.each(ours)("%s is owned by the library, in every spelling", (name) => {
    for (const one of spelled(name)) {
      assert.isTrue(SiteCommands.isOwned(one), one)
      assert.isFalse(isCommands({ [one]: "1" }), one)
      assert.isFalse(isAttributes({ [one]: "1" }), one)
    }
  })

  it("late materialisation is refused, with the reason", () => {
    const decode = Schema.decodeUnknownResult(SiteCommands.Commands)
    for (
      const name of ["max_materialize", "max_idle", "materialize_max_idle", "JobMaterializeLimit"].flatMap(spelled)
    ) {
      assert.isFalse(isAttributes({ [name]: "2" }), name)
      const decoded = decode({ [name]: "2" })
      assert.match(
        Result.isFailure(decoded) ? decoded.failure.message : "",
        /late materialisation: .*held \(code 14\)/,
        name
      )
    }
    const other = decode({ executable: "/bin/true" })
    assert.match(Result.isFailure(other) ? other.failure.message : "", /the library sets this one/)
  })

  it.each([
    // Other names of the same commands.
    "Cmd",
    "noop_job",
    "IsNoopJob",
    "Managed",
    "RoutedToJobId",
    "Args",
    "arguments2",
    "env",
    "getenv",
    "stdout",
    "job_iwd",
    "TransferInput",
    "LeaveJobInQueue",
    "JobUniverse",
    "docker_image",
    "WantContainer",
    "BatchQueue",
    "RequestGPUs",
    // Commands that would send output to another place.
    "output_destination",
    "OutputDestination",
    "SUBMIT_Iwd",
    "SUBMIT_TransferOutputRemaps",
    "Submit_Out",
    // Attributes that identify a job.
    "EffectCECopy",
    "effectceAnything",
    "JobStatus",
    "HoldReasonCode",
    "StageOutFinish",
    "hold",
    // Parts of the description itself.
    "v_copy",
    "V_environment",
    "DOLLAR",
    "queue",
    "if",
    "include",
    // Credentials.
    "x509userproxy",
    "use_x509userproxy",
    "scitokens_file"
  ])("%s is owned by the library", (name) => {
    assert.isFalse(isCommands({ [name]: "1" }))
    assert.isFalse(isAttributes({ [name]: "1" }))
  })

  it.each([
    ["accounting_group", "atlas.prod"],
    ["concurrency_limits", "a:2, b"],
    ["request_Foo", "2"],
    ["require_gpus", "Capability > 7"],
    ["requirements", "(HasFoo =?= true) || x"],
    ["rank", "Memory"],
    ["max_retries", "0"],
    ["periodic_remove", "JobStatus == 5"],
    ["priority", "$(x)"],
    ["constructor", "x"]
  ])("%s = %s is a command", (name, value) => assert.isTrue(isCommands({ [name]: value })))

  it.each([
    ["a command with a blank", { "a b": "1" }],
    ["a command with a newline", { "a = 1\nb": "1" }],
    ["a command with an equals sign", { "a=b": "1" }],
    ["a macro as a command", { "$(x)": "1" }],
    ["an attribute as a command", { "+Foo": "1" }],
    ["an attribute as a command", { "MY.Foo": "1" }],
    ["a command that is none", { "__proto__x": "1" }],
    ["a value with a newline", { a: "1\nqueue 5" }],
    ["a value with a carriage return", { a: "1\rb" }],
    ["a value with NUL", { a: "1\0" }],
    ["a value that goes on in the next line", { a: "1\\" }],
    ["a value with a blank before it", { a: " 1" }],
    ["an empty value", { a: "" }],
    ["a value with $$(x)", { a: "$$(Cpus)" }],
    ["requirements that are no expression", { requirements: "true) || (true" }],
    ["Requirements that are no expression", { Requirements: "true) || (true" }],
    ["one command twice", { "Foo_Bar": "1", foobar: "2" }]
  ])("%s is refused", (_, commands) => assert.isFalse(isCommands(commands)))

  it.each([
    "1",
    "-1.5",
    "true",
    "\"text\"",
    "\"a \\\"b\\\" \\\"",
    "JobStatus == 5 && time() > 3",
    "{ 1, \"$(x)\" }",
    "undefined"
  ])("%s is an expression", (value) => assert.isTrue(isAttributes({ WantWholeNode: value })))

  it.each(["", "a b", "\"open", "1\n2", "1 2", "$$(x)", "a\\", "x = 1"])("%j is no expression", (value) => {
    assert.isFalse(isAttributes({ WantWholeNode: value }))
  })

  it("Requirements is no attribute: the conditions of condor_submit would be lost", () => {
    assert.isFalse(isAttributes({ Requirements: "true" }))
    assert.isFalse(isAttributes({ requirements: "true" }))
  })

  it("the error names the refused command", () => {
    const refused = Schema.decodeUnknownResult(SiteCommands.Commands)({ accounting_group: "a", Universe: "local" })
    assert.include(Result.isFailure(refused) ? refused.failure.message : "", "at [\"Universe\"]")
  })

  const anyText = Arbitrary.schema(Schema.String)
  const anyKey = Arbitrary.all([anyText, Arbitrary.schema(Schema.Literals(["foo", ...ours])), Samples.value]).pipe(
    Arbitrary.map(([text, name, value]) => text.length % 3 === 0 ? name : text.length % 3 === 1 ? text : value)
  )

  it.prop("an accepted command adds one line, and changes no line of the library", [
    Arbitrary.array(Arbitrary.all([anyKey, Samples.value]), { maxLength: 4 })
  ], ([entries]) => {
    const record = Object.fromEntries(entries)
    const site = {
      commands: isCommands(record) ? record : {},
      attributes: isAttributes(record) ? record : {}
    }
    const text = SubmitDescription.toText({ ...Samples.smallest, site })
    const added = Object.keys(site.commands).length + Object.keys(site.attributes).length
    const lines = text.split("\n")
    assert.strictEqual(lines.slice(added).join("\n"), SubmitDescription.toText(Samples.smallest))
    assert.isFalse(lines.slice(0, added).some((line) => SiteCommands.isOwned(line.slice(0, line.indexOf(" = ")))))
  }, { arbitrary: { runs: 2_000 } })
})
