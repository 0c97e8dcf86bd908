import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Layer, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { Capability, CondorTool, Credential, HTCondorCE, JobHandle, ScheddTransport } from "../../src/index.ts"
import { instant, key } from "./Scripted.ts"
import * as Tokens from "./Tokens.ts"

const latency = Duration.millis(100)

const handleAt = (host: string) =>
  new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint: `${host}:9619`,
    scheduler: host,
    job: "7.0",
    key,
    copy: 0
  })

/** CEs with one job each, behind one limit on tools. The hosts in `hung` do not answer. */
const grid = (hung: ReadonlySet<string>) => {
  const state = { running: 0, most: 0, hanging: 0, mostHanging: 0, calls: 0 }
  const tool = Layer.succeed(
    CondorTool.CondorTool,
    CondorTool.make(({ args, timeout, tool }) => {
      const host = String(args[args.indexOf("-pool") + 1]).replace(":9619", "")
      state.calls += 1
      if (hung.has(host)) {
        state.hanging += 1
        state.mostHanging = Math.max(state.mostHanging, state.hanging)
        const seconds = Duration.toSeconds(Duration.fromInputUnsafe(timeout))
        return Effect.sleep(timeout).pipe(
          Effect.andThen(Effect.fail(new CondorTool.ToolTimedOut({ tool, seconds }))),
          Effect.ensuring(Effect.sync(() => state.hanging -= 1))
        )
      }
      state.running += 1
      state.most = Math.max(state.most, state.running)
      const ad = { ClusterId: 7, ProcId: 0, JobStatus: 2, EffectCEKey: key, EffectCECopy: 0, EffectCECopies: 1 }
      return Effect.sleep(latency).pipe(
        Effect.as({ exitCode: 0, stdout: tool === "condor_q" ? JSON.stringify([ad]) : "", stderr: "" }),
        Effect.ensuring(Effect.sync(() => state.running -= 1))
      )
    })
  )
  const services = ScheddTransport.layerTools({ maxConcurrent: 8 }).pipe(
    Layer.provide(Layer.merge(tool, instant)),
    Layer.merge(Credential.layerToken(Tokens.plain("any"))),
    Layer.merge(instant)
  )
  return { services, state }
}

const hosts = Array.from({ length: 60 }, (_, index) => `ce-${index}.example.org`)

/** The longest time, in seconds, that a status of a healthy CE took in this number of cycles over all CEs. */
const cycles = (hung: ReadonlySet<string>, count: number) =>
  Effect.gen(function*() {
    const { services, state } = grid(hung)
    const times: Array<number> = []
    yield* Effect.gen(function*() {
      const ces = yield* HTCondorCE.layerMap((host: string) => ({ endpoint: host }))
      const visit = Effect.fnUntraced(function*(host: string) {
        const began = yield* Clock.currentTimeMillis
        const outcome = yield* Effect.exit(
          Effect.provide(
            Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status([handleAt(host)])),
            ces.get(host)
          )
        )
        assert.strictEqual(Exit.isSuccess(outcome), !hung.has(host))
        if (Exit.isSuccess(outcome)) times.push(((yield* Clock.currentTimeMillis) - began) / 1000)
      })
      // A separate fibre visits each CE, again and again.
      const all = Effect.forEach(
        hosts,
        (host) => Effect.repeat(visit(host), Schedule.spaced("10 seconds").pipe(Schedule.upTo({ times: count - 1 }))),
        { concurrency: "unbounded", discard: true }
      )
      const fiber = yield* Effect.forkChild(all)
      yield* TestClock.adjust(Duration.minutes(count * 2))
      assert.isDefined(fiber.pollUnsafe())
    }).pipe(Effect.scoped, Effect.provide(services))
    return { state, times: times.toSorted((a, b) => a - b) }
  })

const median = (sorted: ReadonlyArray<number>): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN

describe("layerMap", () => {
  it.effect("CEs that hang do not delay any other CE", () =>
    Effect.gen(function*() {
      const hung = new Set(hosts.filter((_, index) => index % 4 === 0))
      const without = yield* cycles(new Set(), 20)
      const { state, times } = yield* cycles(hung, 20)
      assert.strictEqual(times.length, 45 * 20)
      assert.isAtMost(median(times), median(without.times) * 1.1)
      // The worst moment is the first at which all of them hang. It lasts as long as the timeout of one tool.
      assert.isAtMost(times.at(-1) ?? Infinity, (without.times.at(-1) ?? 0) + 4.5)
      assert.isAtMost(state.most, 8)
      assert.isAtMost(state.mostHanging, hung.size)
    }), 60_000)

  it.effect("a CE that is used at the same time is one backend, and is released when it is idle", () =>
    Effect.gen(function*() {
      const { services } = grid(new Set())
      const asked: Array<string> = []
      yield* Effect.gen(function*() {
        const ces = yield* HTCondorCE.layerMap(
          (host: string) => {
            asked.push(host)
            return { endpoint: host }
          },
          { idleTimeToLive: "1 minute" }
        )
        const visit = (host: string) => Effect.provide(Effect.asVoid(Capability.StatusReporter), ces.get(host))
        yield* Effect.all([visit("a.example.org"), visit("a.example.org"), visit("b.example.org")], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(asked, ["a.example.org", "b.example.org"])
        yield* TestClock.adjust("59 seconds")
        yield* visit("a.example.org")
        assert.strictEqual(asked.length, 2)
        yield* TestClock.adjust("61 seconds")
        yield* visit("a.example.org")
        assert.deepStrictEqual(asked, ["a.example.org", "b.example.org", "a.example.org"])
      }).pipe(Effect.scoped, Effect.provide(services))
    }))

  it.effect("a CE whose endpoint was invalid is built for the next call after its repair, however often it is used", () =>
    Effect.gen(function*() {
      const { services } = grid(new Set())
      let endpoint = "<127.0.0.1:9619>"
      yield* Effect.gen(function*() {
        const ces = yield* HTCondorCE.layerMap<string>(() => ({ endpoint }))
        const visit = Effect.result(Effect.provide(Effect.asVoid(Capability.StatusReporter), ces.get("the CE")))
        const context = Effect.result(Effect.scoped(ces.contextEffect("the CE")))
        const answers = [yield* visit, yield* context]
        yield* TestClock.adjust("1 minute")
        endpoint = "ce.example.org"
        answers.push(yield* visit, yield* context)
        assert.deepStrictEqual(answers.map(({ _tag }) => _tag), ["Failure", "Failure", "Success", "Success"])
      }).pipe(Effect.scoped, Effect.provide(services))
    }))

  it.effect("an invalid endpoint is a separate failure", () =>
    Effect.gen(function*() {
      const { services } = grid(new Set())
      const error = yield* Effect.flip(
        Effect.flatMap(
          HTCondorCE.layerMap((host: string) => ({ endpoint: host })),
          (ces) => Effect.provide(Effect.asVoid(Capability.StatusReporter), ces.get("<127.0.0.1:9619>"))
        ).pipe(Effect.scoped, Effect.provide(services))
      )
      assert.strictEqual(error._tag, "InvalidEndpoint")
    }))
})
