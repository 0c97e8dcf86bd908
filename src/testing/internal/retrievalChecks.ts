import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { Cancellable, OutputRetriever } from "../../contract/Capability.ts"
import { directoryName, type JobOutput } from "../../contract/JobOutput.ts"
import type * as Submission from "../../contract/Submission.ts"
import { type Check, Harness, type Requirements } from "../Harness.ts"
import * as Kit from "./kit.ts"

export const retrievalChecks: ReadonlyArray<Check<Requirements>> = [
  {
    name: "fetch: a second fetch, to the same or to another directory, is AlreadyRetrieved",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const fileSystem = yield* FileSystem.FileSystem
      const { destination, payload } = yield* Kit.workplace
      const { handles } = yield* Kit.submit(payload(0, 4, "result.txt", "other.txt"), Kit.numbered(2))
      yield* Kit.finished(handles)
      const first = yield* retriever.fetch(handles, destination)
      for (const [index, handle] of handles.entries()) {
        const output = yield* Kit.succeeded(first, handle)
        yield* Kit.same(output.exit, { _tag: "Code", code: 4 }, "exit")
        yield* Kit.same(output.files.map((file) => file.name), ["other.txt", "result.txt"], "files")
        for (const file of output.files) {
          yield* Kit.same(yield* Kit.textOf(file), `${file.name} of ${index}\n`, "content")
          yield* Kit.same(file.size, `${file.name} of ${index}\n`.length, "size")
        }
        yield* Kit.ensure(yield* fileSystem.exists(output.manifest), "a manifest", `none at ${output.manifest}`)
      }
      for (const place of [destination, `${destination}-2`]) {
        const again = yield* retriever.fetch(handles, place)
        for (const handle of handles) yield* Kit.failedWith(again, handle, "AlreadyRetrieved")
      }
      const error = yield* Effect.flip(retriever.fetchOne(yield* Kit.head(handles), `${destination}-3`))
      yield* Kit.same(error._tag, "AlreadyRetrieved", "error")
      for (const [, outcome] of first) {
        if (Result.isSuccess(outcome)) yield* Kit.textOf(outcome.success.stdout)
      }
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "deposit: runs before the job leaves; if it fails, the next fetch repeats it",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const { handles } = yield* Kit.submit(payload(0, 0), Kit.numbered(2))
      yield* Kit.finished(handles)
      const fileSystem = yield* FileSystem.FileSystem
      const deposited: Array<number> = []
      let refused = 1
      const deposit = ({ handle, stdout }: JobOutput) =>
        Effect.gen(function*() {
          const text = yield* Kit.textOf(stdout)
          if (handle.copy === refused) return yield* Effect.fail({ message: "full" })
          if (text === `copy=${handle.copy} only=\n`) deposited.push(handle.copy)
        }).pipe(Effect.provideService(FileSystem.FileSystem, fileSystem))
      const first = yield* retriever.fetch(handles, destination, { deposit })
      const [one, other] = handles
      if (one === undefined || other === undefined) return yield* Effect.die(new Error("no handles"))
      yield* Kit.succeeded(first, one)
      const failure = yield* Kit.failedWith(first, other, "DepositFailed")
      yield* Kit.ensure(failure.message.includes("full"), "the message of the deposit", failure.message)
      refused = -1
      const again = yield* retriever.fetch(handles, destination, { deposit })
      for (const handle of handles) yield* Kit.failedWith(again, handle, "AlreadyRetrieved")
      yield* Kit.same(deposited, [0, 1], "copies that were deposited")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "fetch: exactly one of many concurrent fetches gets the output",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(0, 0, "result.txt"))
      yield* Kit.finished([handle])
      const results = yield* Effect.forEach(
        [1, 2, 3, 4],
        (number) => Effect.result(retriever.fetchOne(handle, `${destination}-${number}`)),
        { concurrency: "unbounded" }
      )
      const tags = results.map((result) => Result.isSuccess(result) ? "Retrieved" : result.failure._tag).toSorted()
      yield* Kit.same(tags, ["AlreadyRetrieved", "AlreadyRetrieved", "AlreadyRetrieved", "Retrieved"], "outcomes")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "fetch: a running job is NotFinished, and its output can be fetched when the job has completed",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const { destination, payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(30, 0))
      yield* Kit.running([handle])
      const early = yield* Kit.failedWith(yield* retriever.fetch([handle], destination), handle, "NotFinished")
      if (early._tag === "NotFinished") yield* Kit.same(early.status._tag, "Running", "status")
      yield* Kit.finished([handle])
      const output = yield* Kit.succeeded(yield* retriever.fetch([handle], destination), handle)
      yield* Kit.same(yield* Kit.textOf(output.stdout), "copy=0 only=\n", "stdout")
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "fetch: has one outcome for each job (completed, running, fetched before, removed, unknown)",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const cancellable = yield* Cancellable
      const { destination, payload } = yield* Kit.workplace
      const { handles } = yield* Kit.submit(payload(0, 0), Kit.numbered(3))
      const live = yield* Kit.submitOne(payload(120, 0))
      const removed = yield* Kit.submitOne(payload(120, 0))
      const [fetched, ...completed] = handles
      if (fetched === undefined) return yield* Effect.die(new Error("no handles"))
      const unknown = Kit.neverWas(fetched, "999999.0")
      yield* Kit.running([live])
      yield* cancellable.cancel([removed])
      yield* Kit.finished(handles)
      yield* Kit.succeeded(yield* retriever.fetch([fetched], destination), fetched)
      const asked = [unknown, live, ...completed, fetched, removed]
      const outcomes = yield* retriever.fetch(asked, `${destination}-2`)
      yield* Kit.answered(outcomes, asked)
      for (const handle of completed) yield* Kit.succeeded(outcomes, handle)
      yield* Kit.failedWith(outcomes, fetched, "AlreadyRetrieved")
      yield* Kit.failedWith(outcomes, live, "NotFinished")
      yield* Kit.failedWith(outcomes, removed, "OutputMissing")
      yield* Kit.failedWith(outcomes, unknown, "UnknownJob")
      yield* cancellable.cancel([live])
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name: "fetch: does not overwrite an existing directory at the destination",
    run: Effect.gen(function*() {
      const retriever = yield* OutputRetriever
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { destination, payload } = yield* Kit.workplace
      const handle = yield* Kit.submitOne(payload(0, 0))
      yield* Kit.finished([handle])
      const place = path.join(destination, directoryName(handle))
      yield* fileSystem.makeDirectory(place, { recursive: true })
      yield* fileSystem.writeFileString(path.join(place, "mine"), "mine")
      yield* Kit.failedWith(yield* retriever.fetch([handle], destination), handle, "DestinationTaken")
      yield* Kit.same(yield* fileSystem.readDirectory(place), ["mine"], "content of the place")
      yield* Kit.same(
        yield* fileSystem.readDirectory(destination),
        [path.basename(place)],
        "content of the destination"
      )
      yield* Kit.succeeded(yield* retriever.fetch([handle], `${destination}-2`), handle)
      return Kit.ran
    }).pipe(Effect.scoped)
  },
  {
    name:
      "optional outputs: are fetched if they exist; a copy without a required output is held, and fetchHeld fetches the rest",
    run: Effect.gen(function*() {
      const { bringsHeldOutput } = yield* Harness
      const retriever = yield* OutputRetriever
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const { destination, payload } = yield* Kit.workplace
      const all = "results/a.txt results/b.txt beside.txt c-1.dat c-2.dat maybe.txt"
      const copies = ["certain.txt", `${all} certain.txt`, all].map((names, index) => ({
        environment: { COPY: String(index), LEAVE: names }
      }))
      const outputs: Submission.SubmissionSpec["outputs"] = [
        { name: "certain.txt" },
        { directory: "results" },
        { glob: "c-*.dat" },
        { name: "maybe.txt", optional: true }
      ]
      const { handles } = yield* Kit.submit({ ...payload(0, 3), outputs }, copies)
      yield* Kit.until(handles, ({ _tag }) => _tag === "Completed" || _tag === "Held")
      const outcomes = yield* retriever.fetch(handles, destination)
      const optional = ["c-1.dat", "c-2.dat", "maybe.txt", "results/a.txt", "results/b.txt"]
      const expected = [["certain.txt"], ["certain.txt", ...optional].toSorted()]
      for (const [index, handle] of handles.slice(0, 2).entries()) {
        const output = yield* Kit.succeeded(outcomes, handle)
        yield* Kit.same(output.exit, { _tag: "Code", code: 3 }, `exit of copy ${index}`)
        yield* Kit.same(output.files.map(({ name }) => name).toSorted(), expected[index], `files of copy ${index}`)
        for (const file of output.files) {
          yield* Kit.same(yield* Kit.textOf(file), `${file.name} of ${index}\n`, "content")
        }
        const left = yield* fileSystem.readDirectory(path.join(output.directory, "files"))
        const tops = new Set(["results", ...(expected[index] ?? []).map((name) => name.replace(/\/.*/, ""))])
        yield* Kit.same(left.toSorted(), Array.from(tops).toSorted(), `entries below files/ of copy ${index}`)
      }
      for (const handle of handles.slice(2)) {
        const error = yield* Kit.failedWith(outcomes, handle, "NotFinished")
        if (error._tag === "NotFinished") yield* Kit.same(error.status._tag, "Held", "status")
        if (bringsHeldOutput === false) {
          const { _tag } = yield* Effect.flip(retriever.fetchHeld(handle, destination))
          yield* Kit.same(_tag, "NothingLeft", "error of fetchHeld")
          continue
        }
        const partial = yield* retriever.fetchHeld(handle, destination)
        yield* Kit.same(partial.files.map(({ name }) => name).toSorted(), optional, "files of the held copy")
        yield* Kit.same(partial.missing, ["certain.txt"], "missing")
        yield* Kit.same(
          [partial.exit, partial.whole],
          [{ _tag: "Code", code: 3 }, true],
          "exit and whole"
        )
        yield* Kit.failedWith(yield* retriever.fetch([handle], destination), handle, "NotFinished")
      }
      return Kit.ran
    }).pipe(Effect.scoped)
  }
]
