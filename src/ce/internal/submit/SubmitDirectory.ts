/**
 * The directory in which `condor_submit` runs: the description, links to the caller's files, and the secrets of the copies.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { SubmitDescription } from "../../../condor/SubmitDescription.ts"
import type { InvalidSubmission, LocalFailure } from "../../../contract/BackendError.ts"
import * as SubmissionKey from "../../../contract/SubmissionKey.ts"
import * as Errno from "../../../files/Errno.ts"
import type { Temporary } from "../../../files/PrivateDirectories.ts"
import * as PrivateFile from "../../../files/PrivateFile.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session } from "../credentials/Session.ts"
import type * as CopyRange from "./CopyRange.ts"
import * as FieldErrors from "./FieldErrors.ts"
import * as SubmissionPlan from "./SubmissionPlan.ts"
import * as Tuning from "./tuning.ts"

/**
 * One attempt to submit. `directory` has its files. `name` distinguishes its jobs from those of all other attempts.
 */
export interface Attempt {
  readonly description: SubmitDescription
  readonly directory: string
  readonly name: string
}

/**
 * A directory that is made when needed. It is removed with the scope.
 */
export type Prepared = Effect.Effect<Attempt, LocalFailure | InvalidSubmission, Scope.Scope>

interface Located {
  readonly executable: string
  readonly inputs: ReadonlyArray<{ readonly name: string; readonly absolute: string }>
}

const requireFile = (
  fileSystem: FileSystem.FileSystem,
  source: string,
  field: string,
  executable = false
): Effect.Effect<void, InvalidSubmission> =>
  fileSystem.stat(source).pipe(
    Effect.mapError((error) => FieldErrors.one(field, Errno.describe(error))),
    Effect.filterOrFail(
      (info) => info.type === "File",
      (info) => FieldErrors.one(field, `${source} is no regular file but a ${info.type}`)
    ),
    Effect.filterOrFail(
      (info) => !executable || (info.mode & 0o100) !== 0,
      () => FieldErrors.one(field, `${source} is not executable, and is not made so in a container`)
    ),
    Effect.asVoid
  )

/** Writes everything that condor_submit reads. */
const makeWriter = Effect.fnUntraced(function*(temporary: Temporary) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const writeSecrets = Effect.fnUntraced(
    function*(directory: string, files: SubmissionPlan.SubmissionPlan["secrets"][number]) {
      yield* fileSystem.makeDirectory(directory, { mode: 0o700 })
      for (const [name, secret] of files) {
        const content = Redacted.value(secret)
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
        yield* PrivateFile.write(fileSystem, path.join(directory, name), bytes)
      }
    }
  )

  // The secrets of each copy, in a directory with its number.
  const writeCopies = (copies: string, { description, secrets }: SubmissionPlan.SubmissionPlan) =>
    Effect.andThen(
      fileSystem.makeDirectory(copies, { mode: 0o700 }),
      Effect.forEach(
        secrets,
        (files, index) => writeSecrets(path.join(copies, `${(description.firstCopy ?? 0) + index}`), files),
        { concurrency: Tuning.copiesAtOnce, discard: true }
      )
    )

  // All names are such that the submit language can carry them. Files of the caller are linked, not copied.
  return Effect.fnUntraced(
    function*(
      plan: SubmissionPlan.SubmissionPlan,
      proxy: Session["proxy"],
      { executable, inputs }: Located
    ): Effect.fn.Return<string, PlatformError.PlatformError, Scope.Scope> {
      const directory = yield* temporary.scoped("submit")
      yield* fileSystem.makeDirectory(path.join(directory, "inputs"), { mode: 0o700 })
      const executableDirectory = plan.executable.isInput ? path.join(directory, "inputs") : directory
      yield* fileSystem.symlink(executable, path.join(executableDirectory, plan.executable.name))
      yield* Effect.forEach(
        inputs,
        ({ absolute, name }) => fileSystem.symlink(absolute, path.join(directory, "inputs", name))
      )
      yield* Effect.forEach(
        plan.directories,
        (name) => fileSystem.makeDirectory(path.join(directory, "inputs", name), { mode: 0o755 })
      )
      if (plan.wanted.length > 0) {
        const program = path.join(directory, OutputWrapper.names.program)
        yield* fileSystem.writeFileString(program, OutputWrapper.program)
        yield* fileSystem.chmod(program, 0o755)
        const list = path.join(directory, "inputs", OutputWrapper.names.list)
        yield* fileSystem.writeFileString(list, OutputWrapper.listOf(plan.wanted))
      }
      if (plan.description.copyInputs) yield* writeCopies(path.join(directory, "copies"), plan)
      if (plan.description.proxy !== undefined && proxy !== undefined) {
        const file = path.join(directory, plan.description.proxy)
        yield* PrivateFile.write(fileSystem, file, new TextEncoder().encode(Redacted.value(proxy.text)))
      }
      return directory
    }
  )
})

/**
 * Makes the directories of one CE.
 */
export const make = Effect.fnUntraced(function*(temporary: Temporary) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const write = yield* makeWriter(temporary)

  const locate = Effect.fnUntraced(
    function*({ executable, inputs }: SubmissionPlan.SubmissionPlan): Effect.fn.Return<Located, InvalidSubmission> {
      yield* FieldErrors.all([
        requireFile(fileSystem, executable.source, "executable", executable.launched),
        ...inputs.map(({ field, source }) => requireFile(fileSystem, source, field))
      ])
      return {
        executable: path.resolve(executable.source),
        inputs: inputs.map(({ name, source }) => ({ name, absolute: path.resolve(source) }))
      }
    }
  )

  /**
   * Finds the caller's files. Run it before the CE is queried, so that a wrong path fails whatever the CE answers. `payload` is
   * the digest of their content.
   */
  const forPlan = Effect.fnUntraced(function*(
    plan: SubmissionPlan.SubmissionPlan,
    payload: Effect.Effect<string, InvalidSubmission>
  ) {
    const located = yield* locate(plan)
    return ({ proxy }: Pick<Session, "proxy">, { count, first }: CopyRange.CopyRange): Prepared =>
      Effect.gen(function*() {
        const name = yield* SubmissionKey.generate
        const attributes = { [OwnAttributes.names.payload]: yield* payload, [OwnAttributes.names.attempt]: name }
        const some = SubmissionPlan.part(plan, first, count)
        const directory = yield* Effect.mapError(
          write(some, proxy, located),
          (error) => localFailure("submit directory", error)
        )
        const description = {
          ...some.description,
          attributes: { ...some.description.attributes, ...attributes }
        }
        return { description, directory, name }
      })
  })

  return { forPlan }
})

/**
 * Begins to prepare a directory. It can be taken once, and is then removed with the scope of the taker. If nobody takes it, it is
 * removed with this scope.
 */
export const prepareAhead = Effect.fnUntraced(
  function*(prepared: Prepared): Effect.fn.Return<Prepared, never, Scope.Scope> {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const fiber = yield* Effect.forkScoped(Scope.provide(prepared, scope))
    return Effect.andThen(
      Effect.addFinalizer(() => Scope.close(scope, Exit.void)),
      Fiber.join(fiber)
    )
  }
)
