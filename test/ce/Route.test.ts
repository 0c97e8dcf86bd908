import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Result } from "effect"
import { Capability, type CondorTool, type Endpoint, JobHandle, Outcomes, Route } from "../../src/index.ts"
import { ad, askingFor, backend, endpoint, handle, key, printed } from "./Scripted.ts"

const ce: Endpoint.Endpoint = { address: "ce.example.org:9619", schedd: "ce@local" }

const route: Route.Route = { _tag: "Grid", pool: "submit.example.org" }

const routeOf = (route?: Route.Route, to = ce) => {
  const result = Route.make(to, route)
  return Result.isSuccess(result) ? result.success : result.failure.message
}

describe("a route", () => {
  it("is to the CE itself by default", () => {
    const remote = {
      queue: ce,
      identity: { backend: "htcondor-ce", endpoint: "ce.example.org:9619", scheduler: "ce@local" },
      former: [],
      grid: undefined,
      resources: undefined
    }
    assert.deepStrictEqual(routeOf(), remote)
    assert.deepStrictEqual(routeOf({ _tag: "Remote" }), remote)
  })

  it("through a submit host: the library talks to the host, at the port of a pool, and the text names both", () => {
    const resources = ["condor ce@local ce.example.org:9619"]
    assert.deepStrictEqual(routeOf(route), {
      queue: { address: "submit.example.org:9618", schedd: "submit.example.org" },
      identity: {
        backend: "htcondor-ce-grid",
        endpoint: "ce.example.org:9619",
        scheduler: "submit.example.org@submit.example.org:9618"
      },
      former: [],
      grid: { schedd: "ce@local", pool: "ce.example.org:9619" },
      resources
    })
    assert.deepStrictEqual(
      routeOf({ _tag: "Grid", pool: "[::1]:9620", schedd: "sub@local", scitokensFile: "/run/ce.token" }),
      {
        queue: { address: "[::1]:9620", schedd: "sub@local" },
        identity: {
          backend: "htcondor-ce-grid",
          endpoint: "ce.example.org:9619",
          scheduler: "sub@local@[::1]:9620"
        },
        former: [],
        grid: { schedd: "ce@local", pool: "ce.example.org:9619", scitokensFile: "/run/ce.token" },
        resources
      }
    )
  })

  it.each<readonly [Route.Route, Endpoint.Endpoint, string]>([
    [{ _tag: "Grid", pool: "<127.0.0.1:9618>" }, ce, "\"<127.0.0.1:9618>\" is no endpoint"],
    [{ _tag: "Grid", pool: "submit", schedd: "-name" }, ce, "\"-name\" is no name of a schedd"],
    [{ ...route, scitokensFile: "/two words" }, ce, "[\"scitokensFile\"]"],
    [route, { ...ce, schedd: "a$b" }, "[\"schedd\"]"]
  ])("%j to %j is refused", (route, to, words) => {
    assert.include(routeOf(route, to), words)
  })
})

const gridHandle = new JobHandle.JobHandle({
  ...handle("7.0"),
  backend: "htcondor-ce-grid",
  scheduler: "submit.example.org@submit.example.org:9618"
})

/** The addresses in the arguments of the tools. */
const askedOf = (calls: ReadonlyArray<CondorTool.ToolCall>) =>
  new Set(calls.map(({ args }) => {
    const after = (option: string) => args[args.indexOf(option) + 1]
    return `${after("-pool")} ${args.includes("-remote") ? after("-remote") : after("-name")}`
  }))

describe("through a submit host", () => {
  it.effect("all tools contact only the host, and the jobs name their CE", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      let description = ""
      const { calls, layer } = backend((call) =>
        call.tool === "condor_submit"
          ? Effect.map(
            Effect.orDie(fileSystem.readFileString(`${call.cwd}/submission.sub`)),
            (text) => {
              description = text
              return { stdout: "7.0 - 7.1\n" }
            }
          )
          : call.tool === "condor_history"
          ? { stdout: "[\n]\n" }
          : printed(), { schedd: "ce@local", route })
      const { handles } = yield* Effect.flatMap(
        Capability.Submitter,
        ({ submit }) => submit({ executable: "/bin/true", resources: { queue: "long" } }, [{}, {}], { key })
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(handles.map(String), [
        "htcondor-ce-grid/1/ce.example.org:9619/submit.example.org@submit.example.org:9618/7.0/task-1/0",
        "htcondor-ce-grid/1/ce.example.org:9619/submit.example.org@submit.example.org:9618/7.1/task-1/1"
      ])
      assert.deepStrictEqual(askedOf(calls), new Set(["submit.example.org:9618 submit.example.org"]))
      assert.match(description, /^universe = grid$/m)
      assert.match(description, /^grid_resource = condor ce@local ce\.example\.org:9619$/m)
      assert.match(description, /^My\.Remote_remote_queue = "long"$/m)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("the token must be valid for the submit host", () =>
    Effect.gen(function*() {
      const { layer, resources } = askingFor({ endpoint, route })
      const { reconcile } = yield* Effect.provide(Capability.Submitter, layer)
      yield* Effect.exit(reconcile(key))
      assert.deepStrictEqual(resources, ["submit.example.org:9618"])
    }))

  it.effect("no query is made for a job of the other route, in both directions", () =>
    Effect.gen(function*() {
      const direct = handle("7.0")
      for (const [config, mine, other] of [[{}, direct, gridHandle], [{ route }, gridHandle, direct]] as const) {
        const { calls, layer } = backend(() => printed(ad("7.0")), config)
        const outcomes = yield* Effect.flatMap(Capability.StatusReporter, ({ status }) => status([mine, other])).pipe(
          Effect.provide(layer)
        )
        assert.deepStrictEqual(Outcomes.successes(outcomes).map(([one]) => String(one)), [String(mine)])
        const [[, failure] = assert.fail("no failure")] = Outcomes.failures(outcomes)
        assert.strictEqual(failure._tag, "WrongEndpoint")
        assert.include(failure.message, String(other.scheduler))
        assert.strictEqual(calls.length, 1)
      }
    }))

  it.effect("a waiting job's status gives the reason", () =>
    Effect.gen(function*() {
      const grid = { GridResource: "condor ce@local ce.example.org:9619" }
      const told = Effect.fnUntraced(function*(attributes: Record<string, unknown>) {
        const { layer } = backend(() => printed(ad("7.0", { ...grid, ...attributes })), { route })
        const outcomes = yield* Effect.flatMap(Capability.StatusReporter, ({ status }) => status([gridHandle])).pipe(
          Effect.provide(layer)
        )
        return Outcomes.successes(outcomes)[0]?.[1]
      })
      assert.deepStrictEqual(yield* told({ EnteredCurrentStatus: 1_795_687_881 }), {
        _tag: "Waiting",
        since: DateTime.makeUnsafe("2026-11-26T10:11:21Z"),
        diagnosis: "not handed over to the compute element yet, since 2026-11-26T10:11:21.000Z"
      })
      assert.deepStrictEqual(
        yield* told({ EnteredCurrentStatus: null, GridResourceUnavailableTime: 1_795_687_884 }),
        {
          _tag: "Waiting",
          diagnosis:
            "the compute element has not answered the submit host, or has refused its credential, since 2026-11-26T10:11:24.000Z"
        }
      )
      assert.deepStrictEqual(yield* told({ EnteredCurrentStatus: null, GridJobId: `${grid.GridResource} 2.0` }), {
        _tag: "Waiting"
      })
    }))
})
