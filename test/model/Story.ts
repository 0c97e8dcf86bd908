/** Plays a sequence of operations in a world, and compares its observations with the model after each operation. */
import { Effect, FileSystem, Path, Redacted, Result, Stream } from "effect"
import { type Capability, JobHandle, JobOutput, type JobStatus, Outcomes, SubmissionKey } from "../../src/index.ts"
import type { Command, Crash } from "./Commands.ts"
import * as Model from "./Model.ts"
import { script } from "./Payload.ts"
import { differ, Difference, statusLabel, type Tracked } from "./Seen.ts"
import * as Unnamed from "./Unnamed.ts"
import { type Client, World } from "./World.ts"

interface Submitted {
  readonly copies: number
  readonly kind: string
  readonly handles: ReadonlyArray<string>
}

type Run<A> = { readonly died: false; readonly value: A } | { readonly died: true }

const cancelLabel = (outcome: Capability.CancelOutcome): string =>
  outcome._tag === "AlreadyFinished" ? `AlreadyFinished, ${outcome.output}` : outcome._tag

const label = <A>(outcome: Result.Result<A, { readonly _tag: string }>, of: (value: A) => string): string =>
  Result.isSuccess(outcome) ? of(outcome.success) : outcome.failure._tag

/**
 * Plays the sequence in an empty world, and removes its jobs at the end. Returns a line for each step: the operation and the
 * answer.
 */
export const play = (commands: ReadonlyArray<Command>) =>
  Effect.gen(function*() {
    const world = yield* World
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const workplace = yield* fileSystem.makeTempDirectoryScoped({ prefix: "model-" })
    const executable = path.join(workplace, "payload.sh")
    yield* fileSystem.writeFileString(executable, script, { mode: 0o755 })

    const keys = [
      yield* SubmissionKey.generate,
      yield* SubmissionKey.generate,
      yield* SubmissionKey.generate
    ] as const
    const submissions = new Map<SubmissionKey.SubmissionKey, Submitted>()
    const tracked: Array<Tracked> = []
    const told: Array<string> = []
    let steps = 0
    let client = yield* world.client()

    // Runs an operation with a client that may die during it. If it died, a new client repeats the operation.
    const attempt = Effect.fnUntraced(function*<A, E>(
      crash: Crash | undefined,
      operation: (client: Client) => Effect.Effect<A, E>
    ) {
      if (crash === undefined) return { crashed: false, value: yield* world.while(operation(client)) }
      const mortal = yield* world.client(crash)
      const first: Run<Result.Result<A, E>> = yield* world.while(Effect.raceFirst(
        Effect.map(Effect.result(operation(mortal)), (value) => ({ died: false as const, value })),
        Effect.as(mortal.died, { died: true as const })
      ))
      if (!first.died) return { crashed: false, value: yield* Effect.fromResult(first.value) }
      client = yield* world.client()
      return { crashed: true, value: yield* world.while(operation(client)) }
    })

    const picked = (bits: number) => tracked.filter((_, index) => ((bits >> (index % 6)) & 1) === 1)

    // The key of one of the jobs so far.
    const keyOf = (number: number) => tracked[number % Math.max(tracked.length, 1)]?.handle.key ?? keys[0]

    const stranger = (bits: number): ReadonlyArray<JobHandle.JobHandle> => {
      const [first] = tracked
      return bits < 64 || first === undefined ? [] : [new JobHandle.JobHandle({ ...first.handle, job: "999999.0" })]
    }

    // Compares the answers of a bulk operation with the model, job by job, and advances the model.
    const compare = Effect.fnUntraced(function*<A, E extends { readonly _tag: string }>(
      step: string,
      operation: Model.Operation,
      asked: { readonly jobs: ReadonlyArray<Tracked>; readonly stranger: ReadonlyArray<JobHandle.JobHandle> },
      outcomes: Outcomes.Outcomes<A, E>,
      of: (value: A) => string,
      crashed = false
    ) {
      const size = Array.from(outcomes).length
      if (size !== asked.jobs.length + asked.stranger.length) {
        return yield* differ(step, `${asked.jobs.length + asked.stranger.length} outcomes`, `${size}`)
      }
      for (const one of asked.jobs) {
        const outcome = Outcomes.get(outcomes, one.handle)
        const answer = outcome._tag === "Some" ? label(outcome.value, of) : "no outcome"
        const before = crashed ? Model.afterCrash(one.job, operation) : one.job
        const next = Model.after(before, operation, answer)
        if (next === undefined) {
          const actual = outcome._tag === "Some" && Result.isFailure(outcome.value)
            ? String(outcome.value.failure)
            : answer
          return yield* differ(
            `${step} of ${one.handle.job} (${one.job.kind}, ${one.job.phases.join(" or ")})`,
            Model.answers(before, operation).join(" or "),
            actual
          )
        }
        one.job = next
        told.push(`${step}: ${one.handle.copy} ${answer}`)
      }
      for (const handle of asked.stranger) {
        const outcome = Outcomes.get(outcomes, handle)
        const answer = outcome._tag === "Some" ? label(outcome.value, of) : "no outcome"
        const expected = operation === "status" ? "Unknown" : "UnknownJob"
        if (answer !== expected) return yield* differ(`${step} of a job that never was`, expected, answer)
      }
    })

    const check = Effect.fnUntraced(function*(step: string, jobs: ReadonlyArray<Tracked>, bits = 0) {
      const asked = { jobs, stranger: stranger(bits) }
      const handles = [...jobs.map((one) => one.handle), ...asked.stranger]
      const outcomes = yield* world.while(client.reporter.status(handles))
      yield* compare(step, "status", asked, outcomes, statusLabel)
    })

    // The fetched output exists, and belongs to this job.
    const checkOutput = Effect.fnUntraced(function*(step: string, { directory, handle, job }: Tracked) {
      const place = path.join(directory, JobOutput.directoryName(handle))
      const found = yield* Effect.forEach(
        ["stdout", path.join("files", "result.txt"), "manifest.json"],
        (name) => Effect.orElseSucceed(fileSystem.readFileString(path.join(place, name)), () => undefined)
      )
      const expected = [`copy=${handle.copy}\n`, `result of ${handle.copy}\n`]
      if (found[0] !== expected[0] || found[1] !== expected[1] || found[2] === undefined) {
        return yield* differ(
          `${step}: output of ${handle.job} (${job.kind}) in ${place}`,
          JSON.stringify(expected),
          JSON.stringify(found)
        )
      }
    })

    const submit = Effect.fnUntraced(function*(step: string, command: Extract<Command, { readonly _tag: "Submit" }>) {
      const key = keys[command.key] ?? keys[0]
      const known = submissions.get(key)
      const copies = Array.from({ length: command.copies }, (_, index) => ({
        environment: { COPY: String(index) },
        secrets: { "secret.txt": Redacted.make(`secret of ${index}`) }
      }))
      const spec = { executable, arguments: [command.kind], outputs: [{ name: "result.txt" }] }
      const { value: outcome } = yield* attempt(
        command.crash,
        ({ submitter }) => Effect.result(submitter.submit(spec, copies, { key }))
      )
      const isOther = known !== undefined && (known.copies !== command.copies || known.kind !== command.kind)
      const expected = isOther ? "SubmissionConflict" : "handles"
      const actual = label(outcome, () => "handles")
      told.push(`${step}: ${actual}`)
      if (actual !== expected) {
        return yield* differ(step, expected, Result.isFailure(outcome) ? String(outcome.failure) : actual)
      }
      if (Result.isFailure(outcome)) return
      const handles = outcome.success.handles.map(String)
      if (handles.length !== command.copies) {
        return yield* differ(step, `${command.copies} handles`, `${handles.length}`)
      }
      if (known !== undefined) {
        if (handles.join() !== known.handles.join()) {
          return yield* differ(step, known.handles.join(), handles.join())
        }
        return
      }
      submissions.set(key, { copies: command.copies, kind: command.kind, handles })
      for (const handle of outcome.success.handles) {
        tracked.push({
          handle,
          directory: path.join(workplace, "output"),
          job: Model.submitted(command.kind)
        })
      }
      const there = yield* world.counted(key)
      if (there.length !== command.copies) {
        return yield* differ(`${step}: jobs at the CE`, handles.join(" "), there.join(" "))
      }
    })

    const siteActs = Effect.fnUntraced(function*(
      operation: "hold" | "release" | "remove",
      number: number,
      ...phases: ReadonlyArray<Model.Phase>
    ) {
      const one = tracked[number % Math.max(tracked.length, 1)]
      if (one === undefined || phases.length > 0 && !Model.isSurely(one.job, ...phases)) return
      yield* spooled([one])
      yield* world[operation](one.handle)
      one.job = Model.after(one.job, operation) ?? one.job
    })

    // The site cannot act on a job that waits for its input.
    const spooled = (jobs: ReadonlyArray<Tracked>) => waitUntil(jobs, (status) => status._tag !== "Staging")

    const waitUntil = Effect.fnUntraced(function*(
      jobs: ReadonlyArray<Tracked>,
      condition: (status: JobStatus.JobStatus) => boolean
    ) {
      for (let round = 0; round < 240; round++) {
        const outcomes = yield* world.while(client.reporter.status(jobs.map((one) => one.handle)))
        if (Outcomes.successes(outcomes).every(([, status]) => condition(status))) return
        yield* world.pass
      }
      return yield* differ("waiting", "the jobs to get on", jobs.map((one) => one.handle.job).join(" "))
    })

    const settle = Effect.gen(function*() {
      const moving = tracked.filter((one) => one.job.phases.includes("Fresh"))
      yield* waitUntil(moving, (status) => statusLabel(status) !== "Live")
      for (const one of moving) one.job = Model.after(one.job, "settle") ?? one.job
    })

    const step = Effect.fnUntraced(function*(command: Command) {
      const name = `${++steps}. ${command._tag}`
      switch (command._tag) {
        case "Submit":
          return yield* submit(name, command)
        case "Settle":
          return yield* settle
        case "Status":
          return yield* check(name, picked(command.jobs), command.jobs)
        case "List": {
          const filter = Unnamed.filterOf(command.of, keyOf(command.job))
          const jobs = yield* world.while(Stream.runCollect(client.enumerable.list(filter)))
          const own = { tracked, keys, copiesOf: (key: SubmissionKey.SubmissionKey) => submissions.get(key)?.copies }
          return told.push(...yield* Unnamed.compareList(name, filter, jobs, own))
        }
        case "Withdraw": {
          const key = keyOf(command.job)
          const { crashed, value } = yield* attempt(command.crash, ({ submitter }) => submitter.withdraw(key))
          const own = tracked.filter(({ handle }) => handle.key === key)
          return told.push(...yield* Unnamed.compareWithdrawal(name, value, own, crashed))
        }
        case "Fetch": {
          const asked = { jobs: picked(command.jobs), stranger: stranger(command.jobs) }
          const elsewhere = path.join(workplace, `elsewhere-${steps}`)
          const destination = command.elsewhere ? elsewhere : path.join(workplace, "output")
          const handles = [...asked.jobs.map((one) => one.handle), ...asked.stranger]
          const before = new Map(asked.jobs.map((one) => [one, one.job]))
          const { crashed, value } = yield* attempt(
            command.crash,
            ({ retriever }) => retriever.fetch(handles, destination)
          )
          yield* compare<JobOutput.JobOutput, { readonly _tag: string }>(
            name,
            "fetch",
            asked,
            value,
            () => "Retrieved",
            crashed
          )
          for (const one of asked.jobs) {
            if (Model.isSurely(one.job, "Retrieved") && !Model.isSurely(before.get(one) ?? one.job, "Retrieved")) {
              yield* checkOutput(name, { ...one, directory: destination })
            }
          }
          return
        }
        case "Cancel":
        case "Purge": {
          const asked = { jobs: picked(command.jobs), stranger: stranger(command.jobs) }
          const handles = [...asked.jobs.map((one) => one.handle), ...asked.stranger]
          if (command._tag === "Cancel") {
            const { crashed, value } = yield* attempt(command.crash, (one) => one.cancellable.cancel(handles))
            return yield* compare(name, "cancel", asked, value, cancelLabel, crashed)
          }
          const { crashed, value } = yield* attempt(command.crash, (one) => one.purgeable.purge(handles))
          return yield* compare(name, "purge", asked, value, ({ _tag }) => _tag, crashed)
        }
        case "Hold":
          return yield* siteActs("hold", command.job, "Live", "Fresh")
        case "Release":
          return yield* siteActs("release", command.job, "HeldBySite", "HeldForOutput", "Completed")
        case "Remove":
          return yield* siteActs("remove", command.job)
        case "Expire": {
          const old = tracked.filter((one) => Model.isSurely(one.job, "Completed"))
          const forAll = yield* world.expire(old.map((one) => one.handle))
          for (const one of forAll ? tracked : old) one.job = Model.after(one.job, "expire") ?? one.job
          return
        }
        case "NewClient":
          client = yield* world.client()
      }
    })

    const clean = Effect.suspend(() => {
      const handles = tracked.map((one) => one.handle)
      return world.while(
        Effect.flatMap(
          world.client(),
          ({ cancellable, purgeable }) => Effect.andThen(cancellable.cancel(handles), purgeable.purge(handles))
        )
      )
    })

    // No jobs and no files of them are left at the CE or here, also from clients that died.
    const nothingLeft = Effect.gen(function*() {
      let left: ReadonlyArray<string> = []
      for (let round = 0; round < 60; round++) {
        left = yield* world.residue(keys)
        if (left.length === 0) break
        yield* world.pass
      }
      for (const name of yield* fileSystem.readDirectory(workplace)) {
        if (name === path.basename(executable)) continue
        const entries = yield* fileSystem.readDirectory(path.join(workplace, name))
        left = [...left, ...entries.filter((entry) => entry.startsWith(".")).map((entry) => `${name}/${entry}`)]
      }
      if (left.length > 0) return yield* differ("the end", "nothing left", left.join("\n"))
    })

    yield* Effect.forEach(commands, (command) =>
      Effect.andThen(
        step(command),
        Effect.suspend(() => check(`after ${steps}. ${command._tag}`, tracked))
      ), { discard: true }).pipe(
        Effect.catchIf(
          (error) => error instanceof Difference,
          (error) =>
            Effect.flatMap(world.dump, (dump) => differ(error.step, error.expected, `${error.actual}\n${dump}`))
        ),
        Effect.onError(() => Effect.ignore(clean))
      )
    yield* clean
    yield* nothingLeft

    return told
  }).pipe(Effect.scoped)
