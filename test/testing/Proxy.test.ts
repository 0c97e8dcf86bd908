/** Proxy certificates of jobs at a fake. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Path, Redacted, Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Printer from "../../src/classad/Printer.ts"
import * as SubmitLanguage from "../../src/condor/submit/SubmitLanguage.ts"
import { Capability, Credential, SubmissionKey } from "../../src/index.ts"
import * as Proxy from "../../src/testing/fake/Proxy.ts"
import * as ToolMessages from "../../src/testing/fake/ToolMessages.ts"
import { own } from "../../src/testing/fake/tools/Submit.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { proxy, proxyExpiresAt } from "../ce/Tokens.ts"
import * as Backend from "./Backend.ts"

const expiry = DateTime.toEpochMillis(proxyExpiresAt) / 1000

const subject = "/DC=test/O=Users/CN=Jane Doe"

const credentials = Credential.layerStatic([
  Credential.fromText("IdToken", FakeSchedd.token("pilot")),
  Credential.fromText("X509Proxy", Redacted.make(proxy))
])

const printed = (ad: ClassAd.ClassAd | undefined, name: string): string | undefined => {
  const expr = ad === undefined ? undefined : ClassAd.get(ad, name)
  return expr === undefined ? undefined : Printer.print(expr)
}

const copied: Readonly<Record<string, string>> = { "_CONDOR_DELEGATE_JOB_GSI_CREDENTIALS": "false" }

describe("Proxy", () => {
  it("read: returns the user of a proxy and its expiration", () => {
    assert.deepStrictEqual(Proxy.read(proxy), { expiresAt: expiry, subject })
  })

  it.each([
    ["nothing", ""],
    ["a text", "hello"],
    ["no certificate", proxy.replaceAll("CERTIFICATE", "CERT")],
    ["no key", proxy.replaceAll("PRIVATE", "PUBLIC")],
    ["a broken certificate", proxy.replace("MIIB", "????")]
  ])("read: %s is not a proxy", (_, text) => {
    assert.isUndefined(Proxy.read(text))
  })
})

describe.each(["lts", "latest"] as const)("a fake %s", (version) => {
  it.effect("proxy of the library: is in the job ad, and the payload gets it", () => {
    const seen: Array<FakeSchedd.PayloadJob> = []
    const fakes = FakeSchedd.layer({
      version,
      payload: (job) => {
        seen.push(job)
        return {}
      }
    })
    return Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { submit } = yield* Capability.Submitter
      const key = yield* SubmissionKey.generate
      const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key })
      yield* TimeLapse.pass("10 seconds")
      assert.includeMembers(
        (yield* fake.spool).slice(),
        handles.map(({ job }) => `${job}/x509up`)
      )
      const ads = yield* fake.queue
      assert.strictEqual(ads.length, 2)
      for (const ad of ads) {
        assert.strictEqual(printed(ad, "x509userproxy"), "\"x509up\"")
        assert.match(printed(ad, "SUBMIT_x509userproxy") ?? "", /^"\/.*\/x509up"$/)
        assert.strictEqual(printed(ad, "x509UserProxyExpiration"), `${expiry}`)
        assert.strictEqual(printed(ad, "x509userproxysubject"), `"${subject}"`)
      }
      const files = seen.map(({ inputs }) => inputs.get("x509up"))
      assert.deepStrictEqual(files.map((file) => new TextDecoder().decode(file?.content)), [proxy, proxy])
      assert.deepStrictEqual(files.map((file) => file?.mode), [0o600, 0o600])
    }).pipe(
      Effect.provide(
        Backend.layer({ endpoint: "ce.example.org", proxy: true }).pipe(
          Layer.provide(credentials),
          Layer.provideMerge(fakes),
          Layer.provideMerge(NodeServices.layer)
        )
      )
    )
  })

  const read = Effect.fnUntraced(function*(
    commands: ReadonlyArray<string>,
    options: { readonly now?: number; readonly environment?: Readonly<Record<string, string>> } = {}
  ) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "fake-proxy-" })
    yield* fileSystem.writeFileString(path.join(directory, "x509up"), proxy)
    const result = yield* SubmitLanguage.read({
      text: ["executable = /bin/sh", ...commands, "queue 2", ""].join("\n"),
      version,
      remote: true,
      username: "me",
      directory,
      file: "a.sub",
      now: options.now ?? 0,
      ...own,
      appended: [],
      newCluster: () => 1,
      environment: (name) => (options.environment ?? copied)[name],
      stdin: undefined,
      maxJobs: undefined,
      mostJobs: 20_000
    })
    return Result.mapBoth(result, {
      onFailure: ({ stderr }) => stderr,
      onSuccess: ({ clusters, unused }) => ({
        unused,
        proxies: clusters.flatMap(({ ads }) =>
          ads.map((ad) => printed(ad, "x509userproxy") === `"${directory}/x509up"`)
        )
      })
    })
  }, Effect.scoped)

  it.effect("x509userproxy: is the proxy of all jobs of a cluster, with or without use_x509userproxy", () =>
    Effect.gen(function*() {
      for (const more of [[], ["use_x509userproxy = True"], ["use_x509userproxy = False"]]) {
        const result = yield* read(["x509userproxy = x509up", ...more])
        assert.deepStrictEqual(result, Result.succeed({ unused: "", proxies: [true, true] }))
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect.each(
    [
      ["a file that is missing", ["x509userproxy = other"], 0, "ERROR: unable to read proxy file\n"],
      ["a file that is no proxy", ["x509userproxy = a.sub"], 0, "ERROR: unable to read proxy file\n"],
      ["a proxy that has expired", ["x509userproxy = x509up"], expiry + 1, "ERROR: proxy has expired\n"],
      ["a proxy that soon expires", ["x509userproxy = x509up"], expiry - 119, "ERROR: proxy lifetime too short\n"],
      [
        "a value that is not a boolean",
        ["x509userproxy = x509up", "use_x509userproxy = maybe"],
        0,
        "ERROR: use_x509userproxy=maybe is invalid, must eval to a boolean.\n"
      ]
    ] as const
  )("%s: is refused", ([, commands, now, words]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(commands, { now }), Result.fail(words))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("proxy: one that is valid for two minutes is accepted", () =>
    Effect.gen(function*() {
      assert.isTrue(Result.isSuccess(yield* read(["x509userproxy = x509up"], { now: expiry - 120 })))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("delegation: HTCondor's default is not implemented, and the tool says so", () =>
    Effect.gen(function*() {
      const refused = Result.fail(ToolMessages.notPlayed("condor_submit", "the delegation of a proxy"))
      assert.deepStrictEqual(yield* read(["x509userproxy = x509up"], { environment: {} }), refused)
    }).pipe(Effect.provide(NodeServices.layer)))
})
