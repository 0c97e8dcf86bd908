/** The site's view: the state and the actions of its administrator on the stack. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { Capability, CondorTool, Credential, type HTCondorCE, type JobHandle } from "../../src/index.ts"
import { Harness } from "../../src/testing/index.ts"
import * as ForeignJob from "../testing/ForeignJob.ts"
import * as Backend from "./Backend.ts"
import { Stack } from "./Stack.ts"

const lines = (text: string): Array<string> => text.split("\n").filter((line) => line.trim() !== "")

/** Records every call of a tool by the library, as another user of the host could see it in /proc. */
export const recorded = (calls: Array<string>) =>
  Layer.effect(
    CondorTool.CondorTool,
    Effect.map(CondorTool.CondorTool, ({ run }) =>
      CondorTool.make((call: CondorTool.ToolCall) =>
        Effect.suspend(() => {
          const environment = Object.entries(call.environment).map(([name, value]) => `${name}=${String(value)}`)
          calls.push([call.tool, ...call.args, ...environment].join("\n"))
          return run(call)
        })
      ))
  )

/** The output of a tool on the host about the submit host; nothing without a submit host. */
const ofSubmitHost = ({ exec, submitHost }: Stack["Service"], tool: string, ...args: ReadonlyArray<string>) =>
  submitHost === undefined
    ? Effect.succeed({ exitCode: 0, stdout: "", stderr: "" })
    : exec(tool, ...submitHost, ...args)

/** The id of a job at the CE: the handle's own id, except for a job of the submit host. */
export const idAtCE = Effect.fnUntraced(function*(handle: JobHandle.JobHandle) {
  const stack = yield* Stack
  if (stack.submitHost === undefined) return handle.job
  const { stdout } = yield* ofSubmitHost(stack, "condor_q", handle.job, "-af", "GridJobId")
  return stdout.trim().split(" ").at(-1) ?? ""
})

/** The ClassAd condition that a job of the CE, or of the pool behind it, belongs to a handle. */
export const beyond = (handle: JobHandle.JobHandle) =>
  Effect.map(Stack, ({ submitHost }) =>
    submitHost === undefined
      ? `EffectCEKey=="${handle.key}"`
      // The gridmanager's job has no key.
      : `regexp("#${handle.job.replace(".", "[.]")}#", SubmitterGlobalJobId)`)

/** At the end of the scope, cancels the jobs, and purges those that have completed by then. */
export const giveUpAtEnd = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const { cancel } = yield* Capability.Cancellable
  const { purge } = yield* Capability.Purgeable
  yield* Effect.addFinalizer(() => Effect.andThen(Effect.ignore(cancel(handles)), Effect.ignore(purge(handles))))
})

/** An effect that finds remains, repeated until it finds none. */
const untilNone = <E, R>(found: Effect.Effect<ReadonlyArray<string>, E, R>) =>
  Effect.repeat(found, {
    // The JobRouter removes a routed job from the pool some time after the CE's job has left.
    schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 30 })),
    until: (left) => left.length === 0
  })

/** Remains of jobs at the submit host, at the CE and in the pool, and of tools on this host. */
const jobsAndTools = Effect.gen(function*() {
  const stack = yield* Stack
  const local = yield* ofSubmitHost(stack, "condor_q", "-allusers", "-af:j", "JobStatus", "EffectCEKey")
  const queue = yield* stack.exec("condor_q", "-allusers", "-af:j", "JobStatus", "EffectCEKey")
  const pool = yield* stack.inside("--pool", "condor_q", "-allusers", "-af:j", "JobStatus", "EffectCEKey")
  const spooled = stack.inside("sh", "-c", "find /var/lib/condor-*/spool -name 'cluster*'")
  // A schedd can keep the spool directory of a job that was removed while its files arrived. At a site, condor_master
  // starts condor_preen once a day, which removes it; the directory of a job in the queue stays.
  if (lines((yield* spooled).stdout).length > 0) {
    const others = stack.submitHost === undefined ? ["--pool"] : ["--pool", "--submit"]
    yield* Effect.forEach(
      [[], ...others.map((other) => [other])],
      (one) => stack.inside(...one, "condor_preen", "-remove")
    )
  }
  const spool = yield* spooled
  const processes = yield* stack.run("pgrep", "-af", `${stack.binDirectory}/condor_`)
  return [
    ...lines(local.stdout).map((line) => `submit host: ${line}`),
    ...lines(queue.stdout).map((line) => `CE: ${line}`),
    ...lines(pool.stdout).map((line) => `pool: ${line}`),
    ...lines(spool.stdout).map((line) => `spool: ${line}`),
    ...lines(processes.stdout).map((line) => `process: ${line}`)
  ]
})

/** The temporary files of backends on this host. A backend keeps its credentials for ten seconds after their last use. */
const temporary = Effect.gen(function*() {
  const directory = yield* Config.String("TMPDIR").pipe(Config.withDefault("/tmp"))
  const names = yield* Effect.flatMap(FileSystem.FileSystem, ({ readDirectory }) => readDirectory(directory))
  return names.filter((name) => name.startsWith("htcondor-ce-")).map((name) => `temporary: ${name}`)
})

/** The remains of jobs and tools, after the time that the batch system takes. */
export const residue = untilNone(jobsAndTools)

/** The daemons' logs of the last minutes, for a failed test: after the suite the daemons are gone. */
export const words = Effect.gen(function*() {
  const { inside } = yield* Stack
  const told = ["JobStatus", "QDate", "NumJobMatches", "NumJobStarts", "LastRejMatchTime", "LastRejMatchReason"]
  const past = yield* inside("--pool", "condor_history", "-limit", "20", "-af:jh", ...told, "RequestMemory", "Iwd")
  const slots = yield* inside("--pool", "condor_status", "-af:h", "Name", "State", "Activity", "Cpus", "Memory")
  const logs = ["condor-ce/JobRouterLog", "condor/SchedLog", "condor/NegotiatorLog", "condor/StartLog"]
  const tails = yield* inside("tail", "-n", "120", ...logs.map((log) => `/var/log/${log}`))
  return [past, slots, tails].map(({ stderr, stdout }) => `${stdout}${stderr}`).join("\n")
})

/** The backend as user other of the CE, without a proxy by default. */
export const otherIdentity = (config: Partial<HTCondorCE.Config> = {}) =>
  Layer.unwrap(
    Effect.map(Stack, (stack) => {
      const { token } = stack.config
      const all = { ...stack.config, proxy: false, ...config }
      const credentials = Layer.effect(
        Credential.CredentialProvider,
        Effect.gen(function*() {
          const kind = token === "SciToken" ? ["--kind", "scitoken"] : []
          const text = yield* stack.token("--identity", "other", ...kind)
          const proxy = all.proxy
            ? (yield* stack.run("scripts/stack", "proxy", stack.version, "--identity", "other")).stdout
            : ""
          const set = [
            Credential.fromText(token, Redacted.make(text)),
            ...(all.proxy ? [Credential.fromText("X509Proxy", Redacted.make(proxy))] : [])
          ]
          return { credentials: () => Effect.succeed(set) }
        })
      )
      return Backend.layer(all).pipe(
        Layer.provide([CondorTool.layer({ binDirectory: stack.binDirectory }), credentials]),
        Layer.provide(NodeServices.layer)
      )
    })
  )

/** The harness of the contract suite on a stack. */
export const harness = (calls: Array<string>) =>
  Layer.effect(
    Harness.Harness,
    Effect.gen(function*() {
      const stack = yield* Stack
      const context = yield* Effect.context<Stack | FileSystem.FileSystem>()
      const observable = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
        // The ids at the submit host differ from those at the CE.
        const ids = stack.submitHost === undefined ? handles.map((handle) => handle.job) : []
        const local = yield* ofSubmitHost(stack, "condor_q", "-allusers", "-long")
        const localPast = yield* ofSubmitHost(stack, "condor_history", "-long")
        const ce = yield* stack.exec("condor_q", "-allusers", "-long", ...ids)
        const past = yield* stack.exec(
          "condor_history",
          "-long",
          ...ids,
          ...(ids.length === 0 ? [] : ["-limit", String(ids.length)])
        )
        const pool = yield* stack.inside("--pool", "condor_q", "-allusers", "-long")
        const poolPast = yield* stack.inside("--pool", "condor_history", "-long")
        const logs = yield* stack.run("scripts/stack", "logs", stack.version)
        const jobs = yield* stack.inside("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        return [
          { where: "the job ads of the submit host", text: local.stdout },
          { where: "the history of the submit host", text: localPast.stdout },
          { where: "the job ads of the CE", text: ce.stdout },
          { where: "the history of the CE", text: past.stdout },
          { where: "the job ads of the pool", text: pool.stdout },
          { where: "the history of the pool", text: poolPast.stdout },
          { where: "the logs of the daemons", text: logs.stdout },
          { where: "the command lines of the worker", text: jobs.stdout },
          { where: "the command line or environment of a tool", text: calls.join("\n") }
        ]
      })
      const foreignJob = ForeignJob.foreignJob(Layer.provide(otherIdentity(), Layer.succeed(Stack, stack)))
      const holdBySite = Effect.fnUntraced(function*(handle: JobHandle.JobHandle) {
        const id = yield* Effect.provideService(idAtCE(handle), Stack, stack)
        yield* stack.inside("condor_hold", "-reason", "held by the site", id)
      })
      return {
        observable,
        foreignJob,
        holdBySite,
        bringsHeldOutput: stack.submitHost === undefined,
        residue: Effect.provideContext(
          untilNone(Effect.zipWith(jobsAndTools, temporary, (left, files) => [...left, ...files])),
          context
        )
      }
    })
  )
