import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, Result, Schema } from "effect"
import * as SubmissionPlan from "../../src/ce/SubmissionPlan.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import type { Submission } from "../../src/index.ts"
import { key } from "./Scripted.ts"

const settings = { retention: Duration.hours(1), proxy: false }

const plan = (spec: Partial<Submission.SubmissionSpec>, copies: ReadonlyArray<Submission.Copy> = [{}]) =>
  SubmissionPlan.make({ executable: "/opt/pilot.sh", ...spec }, copies, key, settings)

const refused = (result: ReturnType<typeof plan>) => Result.isFailure(result) ? result.failure.field : "accepted"

const text = (result: ReturnType<typeof plan>) =>
  Result.isSuccess(result) ? SubmitDescription.toText(result.success.description) : result.failure.message

describe("SubmissionPlan", () => {
  const input = (name: string) => ({ name, source: "/data/file" })

  describe("with a proxy certificate", () => {
    const withProxy = (spec: Partial<Submission.SubmissionSpec>, copies: ReadonlyArray<Submission.Copy> = [{}]) =>
      SubmissionPlan.make({ executable: "/opt/pilot.sh", ...spec }, copies, key, { ...settings, proxy: true })
    const { proxyName } = SubmissionPlan

    it.each<readonly [string, Partial<Submission.SubmissionSpec>, ReadonlyArray<Submission.Copy>]>([
      ["inputs[0].name", { inputs: [input(proxyName)] }, [{}]],
      ["outputs[0].name", { outputs: [{ name: proxyName }] }, [{}]],
      ["stdout", { stdout: proxyName }, [{}]],
      ["stderr", { stderr: proxyName }, [{}]],
      [`copies[0].secrets.${proxyName}`, {}, [{ secrets: { [proxyName]: Redacted.make("x") } }]]
    ])("its name is its own: %s", (field, spec, copies) => {
      const result = withProxy(spec, copies)
      assert.deepStrictEqual(Result.isFailure(result) && [result.failure.field, result.failure.detail], [
        field,
        "\"x509up\" is the name of the proxy certificate too"
      ])
      assert.strictEqual(refused(plan(spec, copies)), "accepted")
    })

    it("an executable of that name has another", () => {
      const result = withProxy({ executable: `/opt/${proxyName}` })
      assert.strictEqual(Result.isSuccess(result) && result.success.executable.name, "executable")
    })
  })

  const rows: ReadonlyArray<
    readonly [field: string, spec: Partial<Submission.SubmissionSpec>, copies?: ReadonlyArray<Submission.Copy>]
  > = [
    ["executable", { executable: "https://example.org/pilot.sh" }],
    ["arguments[0]", { arguments: ["two\nlines"] }],
    ["arguments[2]", { arguments: ["", "", "\0"] }],
    ["environment.A", { environment: { A: "carriage\rreturn" } }],
    ["environment.A-B", { environment: { "A-B": "" } }],
    ["inputs[0].name", { inputs: [input("a b")] }],
    ["inputs[0].name", { inputs: [input("a,b")] }],
    ["inputs[0].name", { inputs: [input("../a")] }],
    ["inputs[0].name", { inputs: [input("..")] }],
    ["inputs[0].name", { inputs: [input("$$(Cpus)")] }],
    ["inputs[0].name", { inputs: [input("_condor_stdout")] }],
    ["inputs[0].name", { inputs: [input("job.log")] }],
    ["inputs[0].name", { inputs: [input("pilot.sh")] }],
    ["inputs[1].name", { inputs: [input("a"), input("a")] }],
    ["inputs[0].source", { inputs: [{ name: "a", source: "root://store/a" }] }],
    ["outputs[0].name", { outputs: [{ name: "/etc/passwd" }] }],
    ["outputs[0].name", { outputs: [{ name: "a\nb" }] }],
    ["outputs[0].name", { outputs: [{ name: "a," }] }],
    ["outputs[0].name", { outputs: [{ name: "stdout" }] }],
    ["outputs[0].name", { outputs: [{ name: "job.log" }] }],
    ["outputs[1].name", { outputs: [{ name: "a" }, { name: "a" }] }],
    ["outputs[0].destination", { outputs: [{ name: "a", destination: "https://store/a" }] }],
    ["stdout", { stdout: "../up" }],
    ["stdout", { stdout: "manifest.json" }],
    ["stdout", { stdout: "a;b" }],
    ["stdout", { stdout: "a\\b" }],
    ["environment.A", { environment: { A: "\x1f" } }],
    ["stderr", { stderr: "files" }],
    ["stderr", { stdout: "o", stderr: "o" }],
    ["container", { container: { image: "docker://alpine" } }],
    ["resources.queue", { resources: { queue: "two\nlines" } }],
    ["resources", { resources: { cpus: 0 } }],
    ["resources", { resources: { wallTimeSeconds: 1.5 } }],
    ["tag", { tag: "two\nlines" }],
    ["tag", { tag: "$$(Cpus)" }],
    ["copies[1].environment.A", {}, [{}, { environment: { A: "\n" } }]],
    ["copies[0].secrets.a b", {}, [{ secrets: { "a b": Redacted.make("x") } }]],
    ["copies[0].secrets.pilot.sh", {}, [{ secrets: { "pilot.sh": Redacted.make("x") } }]],
    ["copies[0].secrets.in", { inputs: [input("in")] }, [{ secrets: { in: Redacted.make("x") } }]]
  ]
  for (const [index, [field, spec, copies]] of rows.entries()) {
    it(`refuses ${field} (row ${index})`, () => assert.strictEqual(refused(plan(spec, copies)), field))
  }

  it("the same secret name in every copy is no clash", () => {
    const secrets = { token: Redacted.make("x") }
    assert.strictEqual(refused(plan({}, [{ secrets }, { secrets }])), "accepted")
  })

  it("an executable whose name the submit language cannot carry gets another name", () => {
    const result = plan({ executable: "/opt/my pilot, new.sh" })
    assert.isTrue(Result.isSuccess(result))
    if (Result.isSuccess(result)) {
      assert.deepStrictEqual(result.success.executable, { name: "executable", source: "/opt/my pilot, new.sh" })
    }
  })

  it.each(["inputs", "copies", "submission.sub"])(
    "an executable called %s does not lie on top of what is beside it",
    (name) => {
      const result = plan({ executable: `/opt/${name}` })
      assert.strictEqual(Result.isSuccess(result) ? result.success.executable.name : "", "executable")
    }
  )

  it("a copy's environment wins over that of the spec, and reaches no other copy", () => {
    const result = plan({ environment: { A: "spec", B: "spec" } }, [{ environment: { A: "copy" } }, {}])
    assert.isTrue(Result.isSuccess(result))
    if (Result.isSuccess(result)) {
      assert.deepStrictEqual(result.success.description.environments, [{ A: "copy", B: "spec" }, {
        A: "spec",
        B: "spec"
      }])
    }
  })

  it("says everything whose default depends on the client's version", () => {
    const description = text(plan({}))
    assert.match(description, /^leave_in_queue = JobStatus == 4 && .* < 3600\)$/m)
    assert.match(description, /^transfer_output_files = ""$/m)
    assert.match(description, /^queue v_copy,v_environment from \($/m)
    assert.match(description, /^My\.EffectCEKey = "task-1"$/m)
    assert.match(description, /^My\.EffectCECopies = 1$/m)
  })

  it.effect.prop("a secret is never part of the description", [Schema.NonEmptyString], ([random]) =>
    Effect.sync(() => {
      const secret = `<<${random}>>`
      assert.notInclude(text(plan({}, [{ secrets: { token: Redacted.make(secret) } }, {}])), secret)
    }))
})
