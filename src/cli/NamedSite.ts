/**
 * Completes the flags: from the `--sites` file with `--site NAME`, or else from the environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Record from "effect/Record"
import * as Environment from "../ce/Environment.ts"
import * as HTCondorCE from "../ce/HTCondorCE.ts"
import * as Connection from "./Connection.ts"
import { type InvalidFile, UsageError } from "./Failure.ts"
import type * as GlobalFlags from "./GlobalFlags.ts"
import * as Inputs from "./Inputs.ts"

const present = (value: Option.Option<string>): Option.Option<string> => Option.filter(value, (text) => text !== "")

const variable = (name: Environment.Variable) => Config.option(Config.String(Environment.variables[name]))

const orVariable = Effect.fnUntraced(function*(flags: Environment.Values, name: Environment.Variable) {
  const flag = flags[name]
  return present(Option.isSome(flag) ? flag : yield* variable(name))
})

// The file of --sites, and its site of this name.
const find = Effect.fnUntraced(function*(name: string, sites: Option.Option<string>) {
  if (Option.isNone(sites)) {
    return yield* new UsageError({
      detail: `--site ${name} needs a file of sites: use --sites FILE or set HTCONDOR_CE_SITES`
    })
  }
  const file = sites.value
  const known = (yield* Inputs.sites(file)).sites
  const site = Record.get(known, name)
  if (Option.isSome(site)) return { file, site: site.value }
  const names = Object.keys(known).toSorted().join(", ")
  return yield* new UsageError({
    detail: `--site ${name}: no such site in ${file}, which has ${names === "" ? "none" : names}`
  })
})

/**
 * Returns the flags, completed from the site that `--site` names, or else from the environment.
 *
 * **Details**
 *
 * With `--site`, the only variable that is read is the one for HTCondor's tools: otherwise this CE could receive the token of
 * another one. Values that belong together are not mixed: `--ce` overrides the schedd of the site, too, and `--token-file` the
 * kind of its token.
 *
 * @category converting
 * @since 0.1.0
 */
export const resolve = Effect.fnUntraced(function*(
  flags: GlobalFlags.Flags
): Effect.fn.Return<
  GlobalFlags.Flags,
  Config.ConfigError | InvalidFile | UsageError,
  FileSystem.FileSystem | Path.Path
> {
  const [name, ...others] = flags.site
  if (others.length > 0) {
    return yield* new UsageError({
      detail: `--site ${flags.site.join(", ")}: only commands that take handles accept several sites`
    })
  }
  if (name === undefined) {
    return { ...flags, ...(yield* Effect.all(Record.map(Environment.variables, (_, name) => orVariable(flags, name)))) }
  }
  const path = yield* Path.Path
  const { file, site } = yield* find(name, flags.sites)
  const { credentials = {}, route } = site
  const grid = route?._tag === "Grid" ? route : undefined
  // Paths are relative to the file, as in a SPEC.json.
  const beside = (name: string | undefined) =>
    Option.map(Option.fromUndefinedOr(name), (name) => path.resolve(path.dirname(path.resolve(file)), name))
  const hasToken = credentials.idToken !== undefined || credentials.sciToken !== undefined
  const config = HTCondorCE.configOf(site)
  const kind = Option.orElse(flags.tokenKind, () =>
    Option.isSome(flags.tokenFile)
      ? Option.none()
      : Option.map(Option.fromUndefinedOr(hasToken ? config.token : site.token), (token) => token.toLowerCase()))
  const isSciToken = Option.contains(kind, "scitoken")
  const open = (flag: Option.Option<string>, ofSite: Option.Option<string>) => Option.orElse(flag, () => ofSite)
  const values: Environment.Values = {
    ce: open(flags.ce, Option.some(site.endpoint)),
    schedd: Option.isSome(flags.ce) ? flags.schedd : open(flags.schedd, Option.fromUndefinedOr(site.schedd)),
    localPool: open(flags.localPool, Option.fromUndefinedOr(grid?.pool)),
    localSchedd: Option.isSome(flags.localPool)
      ? flags.localSchedd
      : open(flags.localSchedd, Option.fromUndefinedOr(grid?.schedd)),
    tokenFile: open(flags.tokenFile, beside(isSciToken ? credentials.sciToken : credentials.idToken)),
    tokenKind: kind,
    proxyFile: open(flags.proxyFile, beside(credentials.proxy)),
    audience: open(flags.audience, Option.fromUndefinedOr(site.audience)),
    caFile: open(flags.caFile, beside(site.certificateAuthorities?.file)),
    caDirectory: open(flags.caDirectory, beside(site.certificateAuthorities?.directory)),
    condorBin: yield* orVariable(flags, "condorBin"),
    timeout: flags.timeout,
    containerWith: flags.containerWith,
    urlSchemes: flags.urlSchemes
  }
  return { ...flags, ...Record.map(values, present), named: config }
})

// With several sites, all of them would receive a token that is meant for one.
const ofOneSite = ["ce", "schedd", "localPool", "localSchedd", "tokenFile", "tokenKind", "audience"] as const

/**
 * {@link resolve} for each site that `--site` names. Empty without `--site`. Fails with `UsageError` for a flag of a single CE.
 *
 * @category converting
 * @since 0.1.0
 */
export const resolveEach = Effect.fnUntraced(function*(flags: GlobalFlags.Flags) {
  const names = Array.from(new Set(flags.site))
  const given = ofOneSite.find((name) => Option.isSome(flags[name]))
  if (names.length > 1 && given !== undefined) {
    return yield* new UsageError({
      detail: `${Connection.flagNames[given]} is for a single CE, but --site names ${names.join(", ")}`
    })
  }
  return yield* Effect.forEach(names, (name) => resolve({ ...flags, site: [name] }))
})
