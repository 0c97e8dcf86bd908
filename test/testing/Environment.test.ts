/** The environment of a payload at a fake: containers, URLs, and attributes that a site requires. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Result, Stream } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Printer from "../../src/classad/Printer.ts"
import { Capability, Credential, type HTCondorCE, Outcomes, type Submission, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const on = (options: FakeSchedd.Options, config: Partial<HTCondorCE.Config> = {}) =>
  Backend.layer({ endpoint: "ce.example.org", ...config }).pipe(
    Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
    Layer.provideMerge(FakeSchedd.layer(options)),
    Layer.provideMerge(NodeServices.layer)
  )

const submit = Effect.fnUntraced(function*(spec: Partial<Submission.SubmissionSpec>, copies = 1) {
  const submitter = yield* Capability.Submitter
  const key = yield* SubmissionKey.generate
  const all = Array.from({ length: copies }, () => ({}))
  return (yield* submitter.submit({ executable: "/bin/true", ...spec }, all, { key })).handles
})

const printed = (ad: ClassAd.ClassAd | undefined, ...names: ReadonlyArray<string>) =>
  names.map((name) => {
    const expr = ad === undefined ? undefined : ClassAd.get(ad, name)
    return expr === undefined ? undefined : Printer.print(expr)
  })

describe.each(["lts", "latest"] as const)("a payload at a fake %s", (version) => {
  it.effect("URLs: the payload gets the URL of an input, and an output sent to a URL is not fetched", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { fetch } = yield* Capability.OutputRetriever
      const fileSystem = yield* FileSystem.FileSystem
      const handles = yield* submit({
        inputs: [{ name: "in.txt", source: "https://example.org/d/in.txt?a=b/c" }, {
          name: "local",
          source: "/etc/hostname"
        }],
        outputs: [{ name: "sent", destination: "https://example.org/{copy}/sent" }, { name: "kept" }]
      }, 2)
      yield* TimeLapse.pass("10 minutes")
      const outcomes = yield* fetch(handles, yield* fileSystem.makeTempDirectoryScoped())
      for (const handle of handles) {
        const output = Result.getOrThrow(yield* Effect.fromOption(Outcomes.get(outcomes, handle)))
        assert.deepStrictEqual(output.files.map(({ path }) => path.replace(/.*\//, "")), ["kept"])
      }
      const text = new TextDecoder()
      assert.deepStrictEqual(
        Array.from(yield* fake.uploads, ([url, { content }]) => [url, text.decode(content)]),
        ["0", "1"].map((copy) => [
          `https://example.org/${copy}/sent`,
          "https://example.org/d/in.txt?a=b/c, local, true"
        ])
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(on({
        version,
        payload: ({ inputs, urls }) => ({
          files: { sent: [urls.get("in.txt"), ...Array.from(inputs.keys()).toSorted()].join(", "), kept: "kept" }
        })
      }, { urlSchemes: ["https"] }))
    ))

  it.effect("URLs: a missing output that should be sent to a URL holds the job", () =>
    Effect.gen(function*() {
      const { statusOf } = yield* Capability.StatusReporter
      const [handle = assert.fail("no handle")] = yield* submit({
        outputs: [{ name: "sent", destination: "https://example.org/sent" }]
      })
      yield* TimeLapse.pass("10 minutes")
      assert.deepInclude(yield* TimeLapse.run(statusOf(handle)), { _tag: "Held", code: 12 })
    }).pipe(Effect.provide(on({ version }, { urlSchemes: ["https"] }))))

  const container = { container: { image: "docker://debian:13" } }

  it.effect("container: the job waits if no machine has a container runtime", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { statusOf } = yield* Capability.StatusReporter
      const [handle = assert.fail("no handle")] = yield* submit(container)
      yield* TimeLapse.pass("1 day")
      assert.strictEqual((yield* TimeLapse.run(statusOf(handle)))._tag, "Waiting")
      const [ad] = yield* fake.queue
      assert.deepStrictEqual(printed(ad, "JobUniverse", "WantContainer", "ContainerImage", "WantDockerImage"), [
        "5",
        "true",
        "\"docker://debian:13\"",
        "true"
      ])
    }).pipe(Effect.provide(on({ version }, { container: { _tag: "Native" } }))))

  it.effect("container: the job runs in its image, or as an argument of the site's launcher", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { fetchOne } = yield* Capability.OutputRetriever
      const [handle = assert.fail("no handle")] = yield* submit({ ...container, arguments: ["it's", "$(x)"] })
      yield* TimeLapse.pass("10 minutes")
      const { stdout } = yield* fetchOne(handle, yield* fileSystem.makeTempDirectoryScoped())
      return yield* fileSystem.readFileString(stdout.path)
    }).pipe(
      Effect.scoped,
      (look) =>
        Effect.gen(function*() {
          const options: FakeSchedd.Options = {
            version,
            containers: true,
            payload: (job) => ({
              stdout: [job.image, job.executable, ...job.arguments, ...job.inputs.keys()].join("|")
            })
          }
          const native = on(options, { container: { _tag: "Native" } })
          assert.strictEqual(yield* Effect.provide(look, native), "docker://debian:13|true|it's|$(x)|true")
          const launcher = on(options, {
            container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec"] }
          })
          assert.strictEqual(
            yield* Effect.provide(look, launcher),
            "|apptainer|exec|docker://debian:13|./true|it's|$(x)|true"
          )
        })
    ))

  it.effect("siteCommands and siteAttributes: are in the job ad", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* submit({ resources: { queue: "long", wallTimeSeconds: 90 } })
      const [ad] = yield* fake.queue
      assert.deepStrictEqual(
        printed(ad, "AcctGroup", "WantWholeNode", "Project", "queue", "maxWallTime", "BatchRuntime"),
        ["\"atlas.prod\"", "true", "\"a\"", "\"long\"", "2", "90"]
      )
    }).pipe(Effect.provide(on({ version }, {
      siteCommands: { accounting_group: "atlas.prod" },
      siteAttributes: { "+WantWholeNode": true, Project: "a" }
    }))))
})

describe("an embedded schedd", () => {
  const embedded = (config: Partial<HTCondorCE.Config>) =>
    Backend.layer({ endpoint: "ce.example.org", ...config }).pipe(
      Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
      Layer.provideMerge(FakeSchedd.embedded({ spoolDelay: 0, startDelay: 0, containers: true })),
      Layer.provideMerge(NodeServices.layer)
    )

  const ended = Effect.fnUntraced(function*(spec: Partial<Submission.SubmissionSpec>) {
    const { statusOf, watch } = yield* Capability.StatusReporter
    const [handle = assert.fail("no handle")] = yield* submit(spec)
    yield* watch([handle], { interval: "50 millis", maxInterval: "50 millis" }).pipe(
      Stream.takeUntil(({ outcome }) =>
        Result.isSuccess(outcome) && ["Held", "Completed"].includes(outcome.success._tag)
      ),
      Stream.runDrain
    )
    return { handle, status: yield* statusOf(handle) }
  })

  it.live("container: the launcher of the site starts the payload", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const directory = yield* fileSystem.makeTempDirectoryScoped()
      const launcher = `${directory}/launcher`
      yield* fileSystem.writeFileString(launcher, "#!/bin/sh\necho \"in $2\"\nshift 2\nexec \"$@\"\n", { mode: 0o755 })
      const executable = `${directory}/payload.sh`
      yield* fileSystem.writeFileString(executable, "#!/bin/sh\nprintf '%s.' \"$@\"\n", { mode: 0o755 })
      yield* Effect.gen(function*() {
        const { fetchOne } = yield* Capability.OutputRetriever
        const { handle } = yield* ended({
          executable,
          arguments: ["a b", "", "it's"],
          container: { image: "docker://debian" }
        })
        const { stdout } = yield* fetchOne(handle, `${directory}/fetched`)
        assert.strictEqual(yield* fileSystem.readFileString(stdout.path), "in docker://debian\na b..it's.")
      }).pipe(
        Effect.provide(embedded({ container: { _tag: "Launcher", executable: launcher, arguments: ["exec"] } }))
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("job with a URL or an image: is held, because there is no network and no container runtime", () =>
    Effect.gen(function*() {
      const url = yield* ended({ inputs: [{ name: "in", source: "https://example.org/in" }] })
      assert.deepInclude(url.status, { _tag: "Held", code: 13 })
      const image = yield* ended({ container: { image: "docker://debian" } })
      assert.deepInclude(image.status, { _tag: "Held", code: 13 })
    }).pipe(Effect.provide(embedded({ container: { _tag: "Native" }, urlSchemes: ["https"] }))))
})
