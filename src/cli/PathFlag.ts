/**
 * Flags and arguments that name files. The shell completes them. Their value is the text that the user wrote.
 *
 * @since 0.1.0
 */
import * as Param from "effect/cli/Param"
import * as Primitive from "effect/cli/Primitive"
import * as Effect from "effect/Effect"

// `Flag.File` checks the file, makes its name absolute and refuses pipes. Error messages would not have the name that the user
// wrote, and "-" would be a file.
const asWritten = (pathType: Primitive.PathType): Primitive.Primitive<string> =>
  Object.assign(Primitive.Path(pathType), { parse: (value: string) => Effect.succeed(value) })

const of = <const Kind extends Param.ParamKind>(kind: Kind, pathType: Primitive.PathType) => (name: string) =>
  Param.makeSingle({ kind, name, primitiveType: asWritten(pathType) })

/**
 * A flag for a file.
 *
 * @category constructors
 * @since 0.1.0
 */
export const file = of(Param.flagKind, "file")

/**
 * A flag for a directory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const directory = of(Param.flagKind, "directory")

/**
 * An argument for a file.
 *
 * @category constructors
 * @since 0.1.0
 */
export const argument = of(Param.argumentKind, "file")
