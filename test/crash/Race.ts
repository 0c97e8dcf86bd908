/** Clients in separate processes that submit with one key at the same moment, and the checks afterwards. */
import { Effect, FileSystem, Path, Queue, Schema, Stream } from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import { Capability, SubmissionKey } from "../../src/index.ts"
import { Orders, Raced } from "./child.ts"
import { Broken, type Rig } from "./Kill.ts"

const encodeOrders = Schema.encodeEffect(Schema.fromJsonString(Orders))

const decodeRaced = Schema.decodeEffect(Raced)

const child = fileURLToPath(new URL("child.ts", import.meta.url))

/** A client that waits for keys. `submit` sends it a key, and returns its answer. */
const client = Effect.fnUntraced(function*(rig: Rig, temporaryDirectory: string, task: typeof Orders.Type["task"]) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const { endpoint, schedd, token, tools } = rig
  const orders = yield* encodeOrders({ endpoint, schedd, token, tools, temporaryDirectory, task })
  const handle = yield* spawner.spawn(
    ChildProcess.make(execPath, ["--disable-warning=ExperimentalWarning", child, orders], {
      extendEnv: true,
      env: { NODE_COMPILE_CACHE: `${temporaryDirectory}/cache` },
      stdin: { stream: "pipe", endOnDone: false },
      stderr: "inherit"
    })
  )
  const lines = yield* Queue.unbounded<string>()
  yield* Effect.forkScoped(
    Stream.decodeText(handle.stdout).pipe(
      Stream.splitLines,
      // The client also logs there.
      Stream.filter((line) => line === "ready" || line.startsWith("{\"key\"")),
      Stream.runForEach((line) => Queue.offer(lines, line))
    )
  )
  yield* Queue.take(lines)
  return {
    submit: Effect.fnUntraced(function*(key: SubmissionKey.SubmissionKey) {
      yield* Stream.run(Stream.make(new TextEncoder().encode(`${key}\n`)), handle.stdin)
      return yield* decodeRaced(yield* Queue.take(lines))
    })
  }
})

/**
 * Rounds in which two to four clients submit with one key at the same moment. After each round every copy must exist once, and all clients
 * must have the same handles. Returns in how many rounds more than one cluster was submitted. If there was none, it adds rounds, up to four
 * times the number.
 */
export const races = Effect.fnUntraced(
  function*(rig: Rig, options: { readonly rounds: number; readonly copies: number }) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const { cancel } = yield* Capability.Cancellable
    const workplace = yield* fileSystem.makeTempDirectoryScoped({ prefix: "race-" })
    const executable = path.join(workplace, "payload.sh")
    yield* fileSystem.writeFileString(executable, "#!/bin/sh\nsleep 300\n", { mode: 0o755 })
    const task = { race: true as const, copies: options.copies, executable }
    const clients = yield* Effect.replicateEffect(client(rig, workplace, task), 4, { concurrency: 4 })
    const all = Array.from({ length: options.copies }, (_, copy) => String(copy)).join()
    const clusters = new Set<string>()
    let contested = 0
    const isOver = (round: number) => round >= (contested === 0 ? 4 : 1) * options.rounds
    for (let round = 0; !isOver(round); round++) {
      const key = yield* SubmissionKey.generate
      const some = clients.slice(0, 2 + round % 3)
      // In some rounds the clients start at different times, so that each step of one meets each step of another.
      const answers = yield* Effect.forEach(
        some,
        ({ submit }, index) =>
          Effect.delay(submit(key), `${round % 10 < 5 ? 0 : 17 * index * (round % 10 - 4)} millis`),
        { concurrency: "unbounded" }
      )
      const [first] = answers
      const told = new Set(answers.map(({ failure, handles }) => `${handles.join()}${failure}`))
      const found = (yield* rig.copies(key)).toSorted().join()
      if (first === undefined || told.size !== 1 || first.handles.length !== options.copies || found !== all) {
        return yield* new Broken({
          what: `round ${round}, ${key}: copies ${found}, told ${Array.from(told).join(" and ")}`
        })
      }
      const cluster = first.handles[0]?.job ?? ""
      if (clusters.has(cluster)) return yield* new Broken({ what: `round ${round}: ${cluster} again` })
      clusters.add(cluster)
      if ((yield* rig.takenBack(key)) > 0) contested++
      yield* cancel(first.handles)
    }
    return { contested }
  },
  Effect.scoped
)
