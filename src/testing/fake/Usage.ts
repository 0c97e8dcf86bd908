/**
 * The resource usage of a process, rounded as HTCondor rounds it.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Duration from "effect/Duration"
import * as Expr from "../../classad/Expr.ts"
import type { PayloadUsage } from "./Payload.ts"

// ((ResidentSetSize + 1023) / 1024)
const memoryUsage = Expr.parens(
  Expr.binary(
    "/",
    Expr.parens(Expr.binary("+", Expr.attribute("ResidentSetSize"), Expr.integer(1023))),
    Expr.integer(1024)
  )
)

/**
 * A size as a schedd stores it: rounded up to the next quarter of its order of magnitude (`SCHEDD_ROUND_ATTR_DiskUsage = 25%`),
 * and truncated to a whole number.
 */
export const rounded = (size: number): number => {
  if (size < 1) return 0
  const step = 10 ** Math.trunc(Math.log10(size / 5) + 1) / 4
  return Math.trunc(Math.ceil(size / step) * step)
}

const kibibytes = (size: ByteSize.Input): number =>
  rounded(Math.ceil(ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(size)) / 1024))

/** The usage in the ad of a job that has ended: CPU time in seconds, sizes in KiB. */
export interface Measured {
  readonly cpu: number
  readonly memory: number
  readonly disk: number
}

/** The usage of a payload in whole seconds and KiB. */
export const measured = ({ cpu = 0, disk, memory }: PayloadUsage = {}): Measured => ({
  cpu: Math.floor(Duration.toSeconds(Duration.fromInputUnsafe(cpu))),
  memory: memory === undefined ? 5_000 : kibibytes(memory),
  disk: disk === undefined ? 17 : kibibytes(disk)
})

/** The attributes. All CPU time is user time. At every CE, `CpusUsage` is wrong, and the raw sizes are rounded, too. */
export const changes = ({ cpu, disk, memory }: Measured) => {
  const image = Math.max(7_500, memory)
  return {
    ...cpu === 0 ? {} : { RemoteUserCpu: Expr.real(cpu) },
    CpusUsage: Expr.real(0),
    DiskUsage: disk,
    DiskUsage_RAW: disk,
    ImageSize: image,
    ImageSize_RAW: image,
    MemoryUsage: memoryUsage,
    ResidentSetSize: memory,
    ResidentSetSize_RAW: memory
  }
}
