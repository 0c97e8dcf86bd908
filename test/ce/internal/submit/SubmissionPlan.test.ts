import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted, Result, Schema } from "effect"
import * as SubmissionPlan from "../../../../src/ce/internal/submit/SubmissionPlan.ts"
import type { Site } from "../../../../src/ce/Site.ts"
import type { GridResource } from "../../../../src/condor/GridUniverse.ts"
import * as SubmitDescription from "../../../../src/condor/SubmitDescription.ts"
import type { Submission } from "../../../../src/index.ts"
import { key } from "../../Scripted.ts"

const plan = (
  spec: Partial<Submission.SubmissionSpec>,
  copies: ReadonlyArray<Submission.Copy> = [{}],
  site: Site = {},
  grid?: GridResource
) =>
  SubmissionPlan.make({ executable: "/opt/pilot.sh", ...spec }, copies, key, {
    retention: Duration.hours(1),
    proxy: false,
    ...site
  }, grid)

const refused = (result: ReturnType<typeof plan>) =>
  Result.isFailure(result) ? result.failure.issues[0].field : "accepted"

const text = (result: ReturnType<typeof plan>) =>
  Result.isSuccess(result) ? SubmitDescription.toText(result.success.description) : result.failure.message

describe("submission through a submit host", () => {
  const grid = { schedd: "ce@local", pool: "ce.example.org:9619" }
  const handedOn = (spec: Partial<Submission.SubmissionSpec>, site: Site = {}) => refused(plan(spec, [{}], site, grid))
  const container = { image: "docker://debian" }

  it("an image is run by a launcher, and not by the batch system", () => {
    assert.strictEqual(handedOn({ container }, { container: { _tag: "Native" } }), "container")
    const launcher = { _tag: "Launcher", executable: "/usr/bin/apptainer" } as const
    assert.strictEqual(handedOn({ container }, { container: launcher }), "accepted")
    assert.strictEqual(handedOn({}, { container: { _tag: "Native" } }), "accepted")
  })

  it("the site's own removal is refused, and not dropped silently", () => {
    assert.strictEqual(
      handedOn({}, { siteCommands: { Periodic_Remove: "JobStatus == 1" } }),
      "siteCommands.Periodic_Remove"
    )
    assert.strictEqual(
      handedOn({}, { siteAttributes: { "+PeriodicRemoveReason": "mine" } }),
      "siteAttributes.+PeriodicRemoveReason"
    )
    assert.strictEqual(handedOn({}, { siteCommands: { periodic_hold: "JobStatus == 1" } }), "accepted")
  })
})

describe("SubmissionPlan", () => {
  const input = (name: string) => ({ name, source: "/data/file" })

  describe("with a proxy certificate", () => {
    const withProxy = (spec: Partial<Submission.SubmissionSpec>, copies: ReadonlyArray<Submission.Copy> = [{}]) =>
      SubmissionPlan.make({ executable: "/opt/pilot.sh", ...spec }, copies, key, {
        retention: Duration.hours(1),
        proxy: true
      })
    const { proxyName } = SubmissionPlan

    it.each<readonly [string, Partial<Submission.SubmissionSpec>, ReadonlyArray<Submission.Copy>]>([
      ["inputs[0].name", { inputs: [input(proxyName)] }, [{}]],
      ["outputs[0].name", { outputs: [{ name: proxyName }] }, [{}]],
      ["stdout", { stdout: proxyName }, [{}]],
      ["stderr", { stderr: proxyName }, [{}]],
      [`copies[0].secrets.${proxyName}`, {}, [{ secrets: { [proxyName]: Redacted.make("x") } }]]
    ])("its name is kept: %s", (field, spec, copies) => {
      const result = withProxy(spec, copies)
      assert.deepStrictEqual(Result.isFailure(result) && result.failure.issues, [
        { field, detail: "\"x509up\" is the name of the proxy certificate too" }
      ])
      assert.strictEqual(refused(plan(spec, copies)), "accepted")
    })

    it("an executable with that name gets another name", () => {
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
    ["outputs[0].directory", { outputs: [{ directory: "a/b" }] }],
    ["outputs[0].directory", { outputs: [{ directory: "a b" }] }],
    ["outputs[0].directory", { outputs: [{ directory: "\"a" }] }],
    ["outputs[0].directory", { outputs: [{ directory: "tmp" }] }],
    ["outputs[0].directory", { outputs: [{ directory: "stdout" }] }],
    ["outputs[0].directory", { outputs: [{ directory: "pilot.sh" }] }],
    ["outputs[0].directory", { inputs: [input("in")], outputs: [{ directory: "in" }] }],
    ["outputs[1].directory", { outputs: [{ name: "a" }, { directory: "a" }] }],
    ["outputs[1].name", { outputs: [{ directory: "a" }, { name: "a" }] }],
    ["copies[0].secrets.results", { outputs: [{ directory: "results" }] }, [{
      secrets: { results: Redacted.make("x") }
    }]],
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
  it("refuses every wrong field in one error", () => {
    const result = plan({
      arguments: ["two\nlines"],
      inputs: [input("a"), input("a")],
      stdout: "../up",
      resources: { cpus: 0 },
      tag: "$$(Cpus)"
    }, [{}, { environment: { A: "\n" } }])
    assert.deepStrictEqual(
      Result.isFailure(result) && result.failure.issues.map(({ field }) => field),
      ["arguments[0]", "inputs[1].name", "stdout", "resources", "tag", "copies[1].environment.A"]
    )
  })

  for (const [index, [field, spec, copies]] of rows.entries()) {
    it(`refuses ${field} (row ${index})`, () => assert.strictEqual(refused(plan(spec, copies)), field))
  }

  it("a directory is transferred both ways, by its name without a slash", () => {
    const result = plan({ inputs: [input("in")], outputs: [{ name: "a" }, { directory: "results" }] })
    const description = text(result)
    assert.include(description, "\ntransfer_input_files = inputs/in, inputs/results\n")
    assert.include(description, "\ntransfer_output_files = a, results\n")
    assert.deepStrictEqual(Result.isSuccess(result) && result.success.directories, ["results"])
  })

  it("optional outputs are collected by a program that runs the payload", () => {
    const outputs = [{ name: "a" }, { glob: "c-*.dat" }, { name: "maybe.txt", optional: true as const }]
    const result = plan({ arguments: ["x"], outputs })
    const description = text(result)
    assert.include(description, "\nexecutable = effect-ce-wrapper.sh\n")
    assert.include(description, "\narguments = \"'./pilot.sh' 'x'\"\n")
    assert.include(description, "\ntransfer_input_files = inputs/pilot.sh, inputs/effect-ce-wanted\n")
    assert.include(description, "\ntransfer_output_files = a, effect-ce-gathered\n")
    assert.deepStrictEqual(Result.isSuccess(result) && result.success.wanted, [
      { glob: "c-*.dat" },
      { name: "maybe.txt" }
    ])
    assert.strictEqual(refused(plan({ outputs: [{ glob: "a/*" }] })), "outputs[0].glob")
    assert.strictEqual(refused(plan({ outputs: [{ glob: "[^a]" }] })), "outputs[0].glob")
    assert.strictEqual(refused(plan({ outputs: [{ name: "a" }, { name: "a", optional: true }] })), "outputs[1].name")
    const inputs = [input("effect-ce-wanted")]
    assert.strictEqual(refused(plan({ inputs, outputs })), "inputs[0].name")
    assert.strictEqual(refused(plan({ inputs })), "accepted")
  })

  it("the same secret name in every copy is no clash", () => {
    const secrets = { token: Redacted.make("x") }
    assert.strictEqual(refused(plan({}, [{ secrets }, { secrets }])), "accepted")
  })

  it("an executable whose name the submit language cannot carry gets another name", () => {
    const result = plan({ executable: "/opt/my pilot, new.sh" })
    assert.isTrue(Result.isSuccess(result))
    if (Result.isSuccess(result)) {
      assert.deepStrictEqual(result.success.executable, {
        name: "executable",
        source: "/opt/my pilot, new.sh",
        isInput: false,
        launched: false
      })
    }
  })

  it.each(["inputs", "copies", "submission.sub"])(
    "an executable called %s does not overwrite a file beside it",
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

  it("sets every value whose default depends on the client's version", () => {
    const description = text(plan({}))
    assert.match(description, /^leave_in_queue = JobStatus == 4 && .* < 3600\)$/m)
    assert.match(description, /^transfer_output_files = ""$/m)
    assert.match(description, /^queue v_copy,v_environment from \($/m)
    assert.match(description, /^My\.EffectCEKey = "task-1"$/m)
    assert.match(description, /^My\.EffectCECopies = 1$/m)
  })

  describe("container image", () => {
    const image = "docker://debian:13"
    const native: Site = { container: { _tag: "Native" } }
    const launcher: Site = {
      container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec", "--bind", "/a b:/c"] }
    }

    it("is run by the batch system if the site has that", () => {
      const description = text(plan({ container: { image } }, [{}], native))
      assert.include(description, "universe = container\ncontainer_image = docker://debian:13\n")
      assert.include(description, "\ntransfer_executable = True\nexecutable = pilot.sh\n")
    })

    it("is run by the site's launcher, which gets the payload as an input, and its arguments unchanged", () => {
      const result = plan({ container: { image }, arguments: ["it's", "", "$(x) \"y\""] }, [{}], launcher)
      assert.isTrue(Result.isSuccess(result))
      if (Result.isFailure(result)) return
      const { description, executable } = result.success
      assert.deepStrictEqual(executable, { name: "pilot.sh", source: "/opt/pilot.sh", launched: true, isInput: true })
      assert.strictEqual(description.executable, "/usr/bin/apptainer")
      assert.deepStrictEqual(description.inputs, ["pilot.sh"])
      assert.deepStrictEqual(description.arguments, [
        "exec",
        "--bind",
        "/a b:/c",
        image,
        "./pilot.sh",
        "it's",
        "",
        "$(x) \"y\""
      ])
      assert.isUndefined(description.image)
    })

    it("changes nothing for a payload without one", () => {
      for (const site of [native, launcher]) assert.strictEqual(text(plan({}, [{}], site)), text(plan({})))
    })

    it.each([
      ["container", image, {}],
      ["container.image", "debian", native],
      ["container.image", "docker://a b", native],
      ["container.image", "--privileged", native],
      ["container.image", "https://example.org/a.sif", native],
      ["container.image", "--privileged", launcher],
      ["container.image", "two\nlines", launcher],
      ["container.image", " ", launcher],
      ["container.image", "docker://user:password@registry.example.org/a", launcher],
      ["container.executable", image, { container: { _tag: "Launcher", executable: "apptainer" } }],
      ["container.arguments[1]", image, { container: { _tag: "Launcher", executable: "/a", arguments: ["", "\0"] } }]
    ] as ReadonlyArray<readonly [string, string, Site]>)("refuses %s for %j", (field, image, site) => {
      assert.strictEqual(refused(plan({ container: { image } }, [{}], site)), field)
    })

    it("behind a URL of a file: is allowed like an input, and has a name like one", () => {
      const site = { ...native, urlSchemes: ["https"] }
      const container = { image: "https://example.org/pilot.sh" }
      assert.strictEqual(refused(plan({ container }, [{}], site)), "container.image")
      assert.strictEqual(refused(plan({ container, executable: "/opt/other.sh" }, [{}], site)), "accepted")
    })
  })

  describe("a URL", () => {
    const https = { urlSchemes: ["HTTPS", "osdf"] }
    const source = (source: string, name = "in.txt") => ({ inputs: [{ name, source }] })
    const destination = (destination: string, name = "out.txt") => ({ outputs: [{ name, destination }] })

    it("is accepted as an input or a destination, beside invalid ones", () => {
      const description = text(
        plan(
          {
            inputs: [input("local"), { name: "in.txt", source: "https://example.org/d/in.txt?a=b" }],
            outputs: [{ name: "out.txt", destination: "osdf:///a/{copy}/out.txt" }, { name: "kept" }]
          },
          [{}, {}],
          https
        )
      )
      assert.include(description, "\ntransfer_input_files = inputs/local, https://example.org/d/in.txt?a=b\n")
      assert.include(description, "\ntransfer_output_files = kept, out.txt\n")
      assert.include(description, "\ntransfer_output_remaps = \"out.txt = osdf:///a/$(v_copy)/out.txt\"\n")
    })

    it.each([
      ["inputs[0].source", source("https://example.org/in.txt"), {}],
      ["inputs[0].source", source("file:///etc/in.txt"), https],
      ["inputs[0].source", source("https://user:password@example.org/in.txt"), https],
      ["inputs[0].source", source("https://example.org/a,in.txt"), https],
      ["inputs[0].source", source("s3://bucket/in.txt"), { urlSchemes: ["s3"] }],
      ["inputs[0].name", source("https://example.org/other.txt"), https],
      ["inputs[0].name", source("https://example.org/job.log", "job.log"), https],
      ["inputs[0].name", source("https://example.org/pilot.sh", "pilot.sh"), https],
      ["outputs[0].destination", destination("https://example.org/out.txt"), {}],
      ["outputs[0].destination", destination("gs://bucket/out.txt"), { urlSchemes: ["gs"] }],
      ["outputs[0].destination", destination("/srv/out.txt"), https],
      // A schedd would drop this one silently.
      ["outputs[0].destination", destination("https://example.org/out.txt?sig=x"), https],
      ["outputs[0].name", destination("https://example.org/out.txt", "o u t"), https],
      ["outputs[0].name", destination("https://example.org/out.txt", "job.log"), https]
    ] as ReadonlyArray<readonly [string, Partial<Submission.SubmissionSpec>, Site]>)(
      "is refused, and the error names %s: %j",
      (field, spec, site) => assert.strictEqual(refused(plan(spec, [{}], site)), field)
    )

    it("destination: differs for each of several copies", () => {
      const one = destination("https://example.org/out.txt")
      assert.strictEqual(refused(plan(one, [{}], https)), "accepted")
      assert.strictEqual(refused(plan(one, [{}, {}], https)), "outputs[0].destination")
      assert.strictEqual(refused(plan(destination("https://example.org/{copy}"), [{}, {}], https)), "accepted")
    })

    it("is the destination of one output", () => {
      const outputs = ["a", "b"].map((name) => ({ name, destination: "https://example.org/out.txt" }))
      assert.strictEqual(refused(plan({ outputs }, [{}], https)), "outputs[1].destination")
    })

    it("is refused with the allowed schemes", () => {
      assert.include(
        text(plan(source("root://h/in.txt"), [{}], https)),
        "\"root\" are not allowed at this site: HTTPS, osdf"
      )
      assert.include(text(plan(source("root://h/in.txt"))), "no URLs are")
    })
  })

  describe("demands of a site", () => {
    it("come first in the description", () => {
      const site: Site = {
        siteCommands: { accounting_group: "atlas.prod" },
        siteAttributes: {
          "+WantWholeNode": true,
          "MY.Pilots": 7,
          VO: "at\"las",
          Late: { expression: " time() > QDate + 3600 " }
        }
      }
      assert.deepStrictEqual(text(plan({}, [{}], site)).split("\n").slice(0, 6), [
        "accounting_group = atlas.prod",
        "My.WantWholeNode = true",
        "My.Pilots = 7",
        "My.VO = \"at\\\"las\"",
        "My.Late = time() > QDate + 3600",
        "universe = vanilla"
      ])
    })

    it.each([
      ["siteCommands.universe", { siteCommands: { universe: "local" } }],
      ["siteCommands.Request_CPUs", { siteCommands: { accounting_group: "a", Request_CPUs: "9" } }],
      ["siteCommands.+Foo", { siteCommands: { "+Foo": "1" } }],
      ["siteCommands.a b", { siteCommands: { "a b": "1" } }],
      ["siteCommands.rank", { siteCommands: { rank: "1\nqueue 5" } }],
      ["siteCommands.requirements", { siteCommands: { requirements: "true) || (true" } }],
      ["siteCommands.Nice_User", { siteCommands: { nice_user: "true", Nice_User: "false" } }],
      ["siteAttributes.+Cmd", { siteAttributes: { "+Cmd": "/bin/false" } }],
      ["siteAttributes.MY.effectCEKey", { siteAttributes: { "MY.effectCEKey": "another" } }],
      ["siteAttributes.SUBMIT_Iwd", { siteAttributes: { SUBMIT_Iwd: "/home/other" } }],
      ["siteAttributes.Requirements", { siteAttributes: { Requirements: { expression: "true" } } }],
      ["siteAttributes.MY.foo", { siteAttributes: { "+Foo": 1, "MY.foo": 2 } }],
      ["siteAttributes.VO", { siteAttributes: { VO: "two\nlines" } }],
      ["siteAttributes.VO", { siteAttributes: { VO: "$$(Cpus)" } }],
      ["siteAttributes.N", { siteAttributes: { N: Number.NaN } }],
      ["siteAttributes.E", { siteAttributes: { E: { expression: "1 2" } } }],
      ["siteAttributes.E", { siteAttributes: { E: { expression: "1\nMy.Iwd = \"/\"" } } }]
    ] as ReadonlyArray<readonly [string, Site]>)("is refused, and the error names it: %s", (field, site) => {
      assert.strictEqual(refused(plan({}, [{}], site)), field)
    })
  })

  it("resources: cores, memory, disk, GPUs, wall time and queue are set for the pool and for the CE's routes", () => {
    const description = text(plan({
      resources: { cpus: 8, memoryMiB: 16_000, diskMiB: 20, gpus: 2, wallTimeSeconds: 5_401, queue: "long" }
    }))
    for (
      const line of [
        "request_cpus = 8",
        "My.xcount = 8",
        "request_memory = 16000",
        "My.maxMemory = 16000",
        "request_disk = 20480",
        "request_gpus = 2",
        "My.BatchRuntime = 5401",
        "My.maxWallTime = 91",
        "My.queue = \"long\"",
        "My.remote_queue = \"long\""
      ]
    ) assert.include(description, `\n${line}\n`)
    assert.notInclude(text(plan({ resources: { gpus: 0 } })), "request_gpus")
  })

  it.effect.prop("a secret is never part of the description", [Schema.NonEmptyString], ([random]) =>
    Effect.sync(() => {
      const secret = `<<${random}>>`
      assert.notInclude(text(plan({}, [{ secrets: { token: Redacted.make(secret) } }, {}])), secret)
    }))
})
