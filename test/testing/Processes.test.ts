import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, FileSystem, Path, Scope } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Expr from "../../src/classad/Expr.ts"
import type { Job } from "../../src/testing/fake/Job.ts"
import * as Processes from "../../src/testing/fake/Processes.ts"
import type { Ending } from "../../src/testing/fake/Runner.ts"
import * as Sandbox from "../../src/testing/fake/Sandbox.ts"

const utf8 = new TextEncoder()

const jobOf = (script: string, attributes: Record<string, string> = {}, proc = 0): Job => ({
  cluster: 1,
  proc,
  user: "pilot@users.htcondor.org",
  ad: ClassAd.make(
    Object.entries({
      Cmd: "job.sh",
      Out: "out",
      Err: "err",
      Arguments: "one 'two words'",
      Environment: "A=1",
      ...attributes
    })
      .map(([name, value]) => [name, Expr.string(value)] as const)
  ),
  inputs: new Map([
    ["job.sh", { content: utf8.encode(script), mode: 0o644 }],
    ["secret", { content: utf8.encode("sesame"), mode: 0o600 }]
  ]),
  outputs: new Map()
})

/** Runs one job to its end. */
const run = Effect.fnUntraced(function*(job: Job) {
  const done = yield* Deferred.make<Ending>()
  const runner = yield* Processes.make(
    { path: "/usr/bin:/bin" },
    (_, ending) => Effect.asVoid(Deferred.succeed(done, ending))
  )
  const payload = Sandbox.payloadJob(job, () => undefined)
  if ("unknown" in payload) return yield* Effect.die(new Error(payload.unknown))
  runner.start(job, payload)
  return yield* Deferred.await(done)
})

const ended = Effect.fnUntraced(function*(job: Job) {
  const ending = yield* run(job)
  return ending._tag === "Ended" ? ending : yield* Effect.die(new Error(ending.reason))
})

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

describe("process of a job", () => {
  it.live("proxy certificate: X509_USER_PROXY has its path", () =>
    Effect.gen(function*() {
      const job = jobOf("#!/bin/sh\nls \"$X509_USER_PROXY\"; cat \"$X509_USER_PROXY\"\n", { x509userproxy: "secret" })
      const { leavings } = yield* ended(job)
      assert.match(text(leavings.stdout), /^\/.*\/scratch\/secret\nsesame$/)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("arguments, environment and files: are those of the job", () =>
    Effect.gen(function*() {
      const { exit, leavings } = yield* ended(jobOf(
        "#!/bin/sh\necho \"$1|$2\"; env | cut -d= -f1 | sort | tr '\\n' ' '; ls -l secret job.sh | cut -c 1-10; echo oops >&2\n" +
          "mkdir sub; echo deep > sub/deep; ln -s /nowhere broken; exit 3\n"
      ))
      assert.deepStrictEqual(exit, { code: 3 })
      assert.strictEqual(
        text(leavings.stdout),
        "one|two words\nA PATH PWD _CONDOR_SCRATCH_DIR -rwxr--r--\n-rw-------\n"
      )
      assert.strictEqual(text(leavings.stderr), "oops\n")
      assert.deepStrictEqual(Array.from(leavings.files.keys()), ["job.sh", "secret", "sub/deep"])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("signal: ends the process, and its background processes end with it", () =>
    Effect.gen(function*() {
      const { exit, leavings } = yield* ended(jobOf("#!/bin/sh\nsleep 60 & echo $!; kill -9 $$\n"))
      assert.deepStrictEqual(exit, { signal: 9 })
      const fileSystem = yield* FileSystem.FileSystem
      assert.isFalse(yield* fileSystem.exists(`/proc/${text(leavings.stdout).trim()}/cwd`))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("missing interpreter: the process does not start", () =>
    Effect.gen(function*() {
      const ending = yield* run(jobOf("#!/no/such/interpreter\n"))
      assert.strictEqual(ending._tag, "NotStarted")
      if (ending._tag !== "NotStarted") return
      assert.deepStrictEqual([ending.code, ending.subcode], [6, 2])
      assert.match(ending.reason, /invalid interpreter \(\/no\/such\/interpreter\) specified on first line of script/)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("text without an interpreter line: the process does not start", () =>
    Effect.gen(function*() {
      for (const script of ["echo no shebang\n", "\u007fELF"]) {
        const ending = yield* run(jobOf(script))
        assert.strictEqual(ending._tag, "NotStarted")
        if (ending._tag !== "NotStarted") return
        assert.deepStrictEqual([ending.code, ending.subcode], [6, 8])
        assert.match(ending.reason, /Failed to execute '.*job\.sh': \(errno=8: 'Exec format error'\)$/)
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("stdin: has the input of the job, or is empty", () =>
    Effect.gen(function*() {
      const long = "line\n".repeat(100_000)
      for (const [script, length] of [["cat", long.length], ["exec <&-; exit 0", 0], ["head -n 1", 5]] as const) {
        const job = jobOf(`#!/bin/sh\n${script}\n`, { In: "input.txt" })
        job.inputs = new Map([...job.inputs, ["input.txt", { content: utf8.encode(long), mode: 0o644 }]])
        const { exit, leavings } = yield* ended(job)
        assert.deepStrictEqual(exit, { code: 0 })
        assert.strictEqual(text(leavings.stdout).length, length)
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("scope: its end kills the process and removes the directory", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const place = yield* fileSystem.makeTempDirectoryScoped()
      const mark = path.join(place, "mark")
      const scope = yield* Scope.make()
      const runner = yield* Processes.make({ path: "/usr/bin:/bin" }, () => Effect.void).pipe(Scope.provide(scope))
      const job = jobOf(`#!/bin/sh\necho "$$ $PWD" > ${mark}.new; mv ${mark}.new ${mark}; sleep 60\n`)
      const payload = Sandbox.payloadJob(job, () => undefined)
      if ("unknown" in payload) return yield* Effect.die(new Error(payload.unknown))
      runner.start(job, payload)
      yield* Effect.repeat(fileSystem.exists(mark), { until: (there) => there })
      const [pid = "", directory = ""] = (yield* fileSystem.readFileString(mark)).trim().split(" ")
      assert.isTrue(yield* fileSystem.exists(`/proc/${pid}`))
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(yield* fileSystem.exists(`/proc/${pid}`))
      assert.isFalse(yield* fileSystem.exists(directory))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
