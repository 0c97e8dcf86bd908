/** The environment of a payload at a real CE and its pool: containers, URLs, resources, and the demands of a site. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Result, Schedule, Schema, Stream } from "effect"
import {
  Capability,
  type HTCondorCE,
  type JobHandle,
  type JobStatus,
  Outcomes,
  type Submission,
  SubmissionKey
} from "../../src/index.ts"
import * as Samples from "../condor/Samples.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { backend, configuration, Stack, versions } from "./Stack.ts"
import * as WebServer from "./WebServer.ts"

const at = (config: Partial<HTCondorCE.Config>) => Layer.fresh(backend(config))

/** Submits jobs. At the end, cancels those that are left. */
const submit = Effect.fnUntraced(function*(spec: Submission.SubmissionSpec, copies = 1) {
  const submitter = yield* Capability.Submitter
  const { handles } = yield* submitter.submit(
    spec,
    Array.from({ length: copies }, () => ({})),
    { key: yield* SubmissionKey.generate }
  )
  yield* Site.giveUpAtEnd(handles)
  return handles
})

const first = (handles: ReadonlyArray<JobHandle.JobHandle>) => handles[0] ?? assert.fail("a submission without handles")

/** Waits until all jobs have completed. Fails with the hold reason if one is held. */
const completed = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const reporter = yield* Capability.StatusReporter
  yield* Stream.runForEach(
    reporter.watch(handles, { interval: "500 millis", maxInterval: "2 seconds" }),
    ({ outcome }) =>
      Result.isSuccess(outcome) && outcome.success._tag === "Held" ? Effect.fail(outcome.success.reason) : Effect.void
  )
})

const until = Effect.fnUntraced(function*(
  handle: JobHandle.JobHandle,
  tag: JobStatus.JobStatus["_tag"]
) {
  const reporter = yield* Capability.StatusReporter
  return yield* reporter.statusOf(handle).pipe(
    Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: (status) => status._tag === tag }),
    Effect.timeout("3 minutes")
  )
})

/** A program in a directory of the test. */
const program = Effect.fnUntraced(function*(text: string, mode = 0o755) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "environment-test-" })
  const executable = path.join(directory, "payload.sh")
  yield* fileSystem.writeFileString(executable, text, { mode })
  return { directory, executable }
})

const decodeAds = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))
)

type Ad = Readonly<Record<string, unknown>>

/** Attributes of a job at the CE, and of its routed copy in the pool as soon as that exists. */
const ads = Effect.fnUntraced(function*(handle: JobHandle.JobHandle, ...attributes: ReadonlyArray<string>) {
  const stack = yield* Stack
  const question = ["-constraint", yield* Site.beyond(handle), "-json", "-attributes", attributes.join(",")]
  const parsed = (stdout: string): Effect.Effect<Ad | undefined, Schema.SchemaError> =>
    stdout.trim() === "" ? Effect.succeed(undefined) : Effect.map(decodeAds(stdout), ([ad]) => ad)
  const pool = yield* stack.inside("--pool", "condor_q", "-allusers", ...question).pipe(
    Effect.flatMap(({ stdout }) => parsed(stdout)),
    Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: (ad) => ad !== undefined }),
    Effect.timeout("3 minutes")
  )
  const ce = yield* Effect.flatMap(stack.exec("condor_q", ...question), ({ stdout }) => parsed(stdout))
  return { ce: ce ?? {}, pool: pool ?? {} }
})

const only = (ad: Ad, ...names: ReadonlyArray<string>) => names.map((name) => ad[name])

/** Installs a file into the instance, and removes it at the end. */
const install = Effect.fnUntraced(function*(file: string, text: string, mode = "644") {
  const stack = yield* Stack
  const script = "printf '%s' \"$2\" > \"$1\" && chmod \"$3\" \"$1\""
  const { exitCode, stderr } = yield* stack.inside("sh", "-c", script, "sh", file, text, mode)
  assert.strictEqual(exitCode, 0, stderr)
  yield* Effect.addFinalizer(() => stack.inside("rm", "-f", file))
})

// An argument that the payload cannot see is missing.
const printed = `#!/bin/sh\nprintf '%s\\0' "$@"\n`

const parts = (text: string) => text.split("\0").slice(0, -1)

const text = Effect.fnUntraced(function*(handle: JobHandle.JobHandle) {
  const fileSystem = yield* FileSystem.FileSystem
  const retriever = yield* Capability.OutputRetriever
  const output = yield* retriever.fetchOne(handle, yield* fileSystem.makeTempDirectoryScoped())
  return yield* fileSystem.readFileString(output.stdout.path)
})

for (const version of versions) {
  const services = Stack.layer(version).pipe(Layer.provideMerge(NodeServices.layer))
  it.layer(services, { excludeTestServices: true, timeout: "60 seconds" })(`a payload at ${version}`, (it) => {
    describe("in a container", () => {
      const image = "docker://debian:13"

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "container: a program of the site starts it, with every argument unchanged",
        () =>
          Effect.gen(function*() {
            // The program prints its own arguments up to the image, and then becomes the payload.
            yield* install(
              "/opt/launcher",
              `#!/bin/sh\nwhile [ "$1" != "${image}" ]; do printf '%s\\0' "$1"; shift; done\nprintf '%s\\0' "$1"\nshift\nexec "$@"\n`,
              "755"
            )
            const { executable } = yield* program(printed)
            const before = ["exec", "--bind", "/a b:/c", "$HOME", "it's"]
            const config: Partial<HTCondorCE.Config> = {
              container: { _tag: "Launcher", executable: "/opt/launcher", arguments: before }
            }
            yield* Effect.gen(function*() {
              const handle = first(
                yield* submit({ executable, container: { image }, arguments: Samples.nastyValues })
              )
              yield* completed([handle])
              assert.deepStrictEqual(parts(yield* text(handle)), [...before, image, ...Samples.nastyValues])
            }).pipe(Effect.scoped, Effect.provide(at(config)))
          })
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "container that the site's program cannot start: the job is held, or ends, with the reason",
        () =>
          Effect.gen(function*() {
            const { executable } = yield* program(printed)
            const config: Partial<HTCondorCE.Config> = {
              container: { _tag: "Launcher", executable: "/opt/not-there" }
            }
            yield* Effect.gen(function*() {
              const handle = first(yield* submit({ executable, container: { image } }))
              const status = yield* until(handle, "Held")
              assert.include(status._tag === "Held" ? status.reason : "", "/opt/not-there")
            }).pipe(Effect.scoped, Effect.provide(at(config)))
          })
      )

      it.effect.skipIf(configuration === "grid" || Share.isLeft(version, "latest"))(
        "container by the batch system: the job waits until a machine has a runtime, and then runs in it",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const { executable } = yield* program(printed)
            yield* Effect.gen(function*() {
              const handle = first(
                yield* submit({ executable, container: { image }, arguments: Samples.nastyValues })
              )
              const names = ["JobUniverse", "WantContainer", "ContainerImage", "WantDockerImage"]
              const { ce, pool } = yield* ads(handle, ...names)
              assert.deepStrictEqual(only(ce, ...names), [5, true, image, true])
              assert.deepStrictEqual(only(pool, ...names), [5, true, image, true])
              yield* Effect.sleep("5 seconds")
              assert.strictEqual((yield* until(handle, "Waiting"))._tag, "Waiting")

              // A substitute for a runtime: it answers the startd's questions, and gives the job the name of its
              // image.
              yield* install(
                "/opt/runtime",
                `#!/bin/sh
case "$*" in --version) echo "apptainer version 1.3.0"; exit;; *exit_37) exit 37;; *get_user_ns) exit;; esac
[ "$2" = -q ] && exit
while [ "$1" != "${image}" ]; do shift; done
printf '%s\\0' "in $1"
shift
exec "$@"
`,
                "755"
              )
              yield* install("/etc/condor/config.d/container", "SINGULARITY = /opt/runtime\n")
              const restarted = stack.inside("--pool", "condor_restart", "-startd")
              yield* restarted
              yield* completed([handle]).pipe(
                Effect.timeout("3 minutes"),
                Effect.ensuring(Effect.andThen(stack.inside("rm", "-f", "/etc/condor/config.d/container"), restarted))
              )
              assert.deepStrictEqual(parts(yield* text(handle)), [`in ${image}`, ...Samples.nastyValues])
            }).pipe(Effect.scoped, Effect.provide(at({ container: { _tag: "Native" } })))
            // Checked before other jobs come.
            yield* stack.inside("--pool", "condor_status", "-af", "HasContainer", "State").pipe(
              Effect.repeat({
                schedule: Schedule.spaced("500 millis"),
                until: ({ stdout }) => stdout.includes("undefined Unclaimed")
              }),
              Effect.timeout("3 minutes")
            )
          }),
        200_000
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "container attribute of the job only: the payload runs outside a container, without any error",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const fileSystem = yield* FileSystem.FileSystem
            const { directory, executable } = yield* program(printed)
            const key = yield* SubmissionKey.generate
            yield* fileSystem.writeFileString(
              `${directory}/raw.sub`,
              `executable = ${executable}\nshould_transfer_files = YES\nMy.WantContainer = true\n` +
                `My.ContainerImage = "${image}"\nMy.Key = "${key}"\nqueue\n`
            )
            yield* stack.exec("condor_submit", "-terse", "-remote", stack.schedd, `${directory}/raw.sub`)
            const done = yield* stack.exec("condor_q", "-constraint", `Key=="${key}"`, "-af", "JobStatus", "ExitCode")
              .pipe(
                Effect.repeat({
                  schedule: Schedule.spaced("500 millis"),
                  until: ({ stdout }) => stdout.startsWith("4")
                }),
                Effect.timeout("3 minutes")
              )
            assert.strictEqual(done.stdout, "4 0\n")
            yield* stack.exec("condor_rm", "-constraint", `Key=="${key}"`)
          })
      )
    })

    describe.concurrent("with URLs", () => {
      const script = `#!/bin/sh\ncat url.txt local.txt > out.txt\necho kept > kept.txt\n`

      const staged = Effect.fnUntraced(function*({ asked, stored, url }: WebServer.WebServer) {
        const fileSystem = yield* FileSystem.FileSystem
        const retriever = yield* Capability.OutputRetriever
        const { directory, executable } = yield* program(script)
        yield* fileSystem.writeFileString(`${directory}/local`, "from here\n")
        const handles = yield* submit({
          executable,
          inputs: [{ name: "url.txt", source: `${url}/d/url.txt?a=b/c` }, {
            name: "local.txt",
            source: `${directory}/local`
          }],
          outputs: [{ name: "out.txt", destination: `${url}/up/{copy}/it's%20out` }, { name: "kept.txt" }]
        }, 2)
        yield* completed(handles)
        for (const copy of [0, 1]) {
          assert.strictEqual(stored.get(`/up/${copy}/it's%20out`), "content of /d/url.txt?a=b/c\nfrom here\n")
        }
        const outcomes = yield* retriever.fetch(handles, `${directory}/fetched`)
        for (const handle of handles) {
          const output = Result.getOrThrow(yield* Effect.fromOption(Outcomes.get(outcomes, handle)))
          assert.deepStrictEqual(output.files.map((file) => file.path.replace(/.*\//, "")), ["kept.txt"])
        }
        // Neither the CE nor the client has contacted this server. Each job made one request for each file.
        assert.deepStrictEqual(
          asked.filter((one) => !one.startsWith("HEAD")).toSorted(),
          [
            "GET /d/url.txt?a=b/c",
            "GET /d/url.txt?a=b/c",
            "PUT /up/0/it's%20out",
            "PUT /up/1/it's%20out"
          ]
        )
      }, Effect.scoped)

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "URLs: the job reads its input from them, and writes its output to them: http",
        () => Effect.flatMap(WebServer.make(), staged).pipe(Effect.provide(at({ urlSchemes: ["http"] })))
      )

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "URLs: the job reads its input from them, and writes its output to them: https, of an authority that the worker trusts",
        () =>
          Effect.gen(function*() {
            const stack = yield* Stack
            const made = yield* stack.inside(
              "sh",
              "-c",
              `set -e; d=$(mktemp -d); cd "$d"
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj "/CN=test CA" 2>&1
openssl req -newkey rsa:2048 -nodes -keyout key -out csr -subj /CN=localhost 2>&1
printf 'subjectAltName=IP:127.0.0.1\\n' > ext
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert 2>&1
cp /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/before
cat ca.crt >> /etc/ssl/certs/ca-certificates.crt
echo "== key"; cat key; echo "== cert"; cat cert; rm -r "$d"`
            )
            assert.strictEqual(made.exitCode, 0, made.stdout)
            yield* Effect.addFinalizer(() =>
              stack.inside("mv", "/etc/ssl/certs/before", "/etc/ssl/certs/ca-certificates.crt")
            )
            const [, key = "", cert = ""] = made.stdout.split(/^== (?:key|cert)$/m)
            yield* staged(yield* WebServer.make({ key, cert }))
          }).pipe(Effect.provide(at({ urlSchemes: ["https"] })))
      )

      it.effect.skipIf(Share.isLeft(version, "lts"))(
        "URL whose upload fails, or whose input is missing: the job is held, and the reason names the URL",
        () =>
          Effect.gen(function*() {
            const { url } = yield* WebServer.make()
            const { executable } = yield* program(`#!/bin/sh\necho result > out.txt\n`)
            const upload = first(
              yield* submit({ executable, outputs: [{ name: "out.txt", destination: `${url}/forbidden/out.txt` }] })
            )
            const input = first(
              yield* submit({ executable, inputs: [{ name: "in.txt", source: `${url}/missing/in.txt` }] })
            )
            for (const [handle, code, words] of [[upload, 12, "403"], [input, 13, "404"]] as const) {
              const status = yield* until(handle, "Held")
              assert.strictEqual(status._tag === "Held" ? status.code : 0, code)
              const reason = status._tag === "Held" ? status.reason : ""
              assert.include(reason, words)
              assert.include(reason, url)
            }
          }).pipe(Effect.provide(at({ urlSchemes: ["http"] })))
      )

      it.effect("URL with a scheme that is not allowed: submit refuses the job", () =>
        Effect.gen(function*() {
          const { executable } = yield* program(script)
          const error = yield* Effect.flip(
            submit({ executable, inputs: [{ name: "passwd", source: "file:///etc/passwd" }] })
          )
          assert.strictEqual(error._tag, "InvalidSubmission")
          assert.include(error.message, "inputs[0].source: ")
        }).pipe(Effect.provide(at({ urlSchemes: ["https"] }))))

      /** Submits a job that the library would refuse, and follows it to its end. */
      const raw = Effect.fnUntraced(function*(directory: string, ...commands: ReadonlyArray<string>) {
        const stack = yield* Stack
        const fileSystem = yield* FileSystem.FileSystem
        const key = yield* SubmissionKey.generate
        yield* fileSystem.writeFileString(
          `${directory}/raw.sub`,
          [
            `executable = ${directory}/payload.sh`,
            "should_transfer_files = YES",
            "output = o",
            "error = e",
            `initialdir = ${directory}`,
            "leave_in_queue = JobStatus == 4",
            `My.Key = "${key}"`,
            ...commands,
            "queue",
            ""
          ].join("\n")
        )
        yield* stack.exec("condor_submit", "-terse", "-remote", stack.schedd, `${directory}/raw.sub`)
        yield* Effect.addFinalizer(() => stack.exec("condor_rm", "-constraint", `Key=="${key}"`))
        yield* stack.exec("condor_q", "-constraint", `Key=="${key}"`, "-af", "JobStatus").pipe(
          Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: ({ stdout }) => stdout.startsWith("4") }),
          Effect.timeout("3 minutes")
        )
        yield* fileSystem.remove(`${directory}/raw.sub`)
        return yield* stack.exec("condor_transfer_data", "-constraint", `Key=="${key}"`)
      })

      it.effect.skipIf(Share.isLeft(version, "latest"))(
        "output_destination: receives stdout as well, and a fetch gets nothing",
        () =>
          Effect.gen(function*() {
            const { stored, url } = yield* WebServer.make()
            const fileSystem = yield* FileSystem.FileSystem
            const { directory } = yield* program(`#!/bin/sh\necho to stdout\necho result > out.txt\n`)
            const fetched = yield* raw(directory, "transfer_output_files = out.txt", `output_destination = ${url}/all/`)
            assert.strictEqual(fetched.exitCode, 0)
            assert.deepStrictEqual(yield* fileSystem.readDirectory(directory), ["payload.sh"])
            assert.strictEqual(stored.get("/all/o"), "to stdout\n")
          })
      )

      it.effect("destination with \"=\", or output with a blank in its name: the CE loses the destination", () =>
        Effect.gen(function*() {
          const { stored, url } = yield* WebServer.make()
          const fileSystem = yield* FileSystem.FileSystem
          const { directory } = yield* program(`#!/bin/sh\necho result > out.txt\necho result > "o u t"\n`)
          const fetched = yield* raw(
            directory,
            "transfer_output_files = out.txt, o u t",
            `transfer_output_remaps = "out.txt = ${url}/a?b=c; o u t = ${url}/d"`
          )
          assert.strictEqual(fetched.exitCode, 0)
          assert.includeMembers(yield* fileSystem.readDirectory(directory), ["out.txt", "o u t"])
          assert.strictEqual(stored.size, 0)
        }))
    })

    describe("with resources, and what the site asks for", () => {
      const names = [
        "RequestCpus",
        "RequestMemory",
        "RequestDisk",
        "RequestGPUs",
        "xcount",
        "maxMemory",
        "maxWallTime",
        "BatchRuntime",
        "queue",
        "BatchQueue",
        "Project",
        "AcctGroup",
        "JobPrio"
      ]

      it.effect("resources: the CE's routes find the attributes that they look for, and the pool gets what they set", () =>
        Effect.gen(function*() {
          const handle = first(
            yield* submit({
              executable: "/bin/sleep",
              arguments: ["120"],
              resources: {
                cpus: 2,
                memoryMiB: 512,
                diskMiB: 100,
                gpus: 1,
                wallTimeSeconds: 5_401,
                queue: "long \"q\""
              }
            })
          )
          const { ce, pool } = yield* ads(handle, ...names)
          const asked = [2, 512, 102_400, 1, 2, 512, 91]
          const wanted = ["a \"b\"", "site.prod", 7]
          assert.deepStrictEqual(only(ce, ...names), [...asked, 5_401, "long \"q\"", undefined, ...wanted])
          // The routes read the wall time in minutes, not the one in seconds.
          assert.deepStrictEqual(only(pool, ...names), [...asked, 5_460, "long \"q\"", "long \"q\"", ...wanted])
        }).pipe(
          Effect.scoped,
          Effect.provide(at({
            siteCommands: { accounting_group: "site.prod", priority: "7" },
            siteAttributes: { "MY.Project": "a \"b\"" }
          }))
        ))

      it.effect("resources: the CE's routes give a whole machine to a job whose site attribute requests one", () =>
        Effect.gen(function*() {
          const handle = first(
            yield* submit({ executable: "/bin/sleep", arguments: ["120"], resources: { cpus: 2, memoryMiB: 512 } })
          )
          const { ce, pool } = yield* ads(handle, "WantWholeNode", "RequestCpus", "OriginalCpus", "WholeNodes")
          assert.deepStrictEqual(only(ce, "WantWholeNode", "RequestCpus", "OriginalCpus"), [true, 2, undefined])
          assert.deepStrictEqual(only(pool, "WantWholeNode", "OriginalCpus", "WholeNodes"), [true, 2, true])
          assert.include(String(only(pool, "RequestCpus")[0]), "TotalCpus")
        }).pipe(Effect.scoped, Effect.provide(at({ siteAttributes: { "+WantWholeNode": true } }))))
    })

    describe("afterwards", () => {
      it.effect("jobs and files: nothing is left in the queue, in the spool, in the pool or on this host", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* Site.residue, [])
        }))
    })
  })
}
