/**
 * The flags that all commands share: which compute element, with which credential and which tools, and how results are printed.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import * as PathFlag from "./PathFlag.ts"

/**
 * A flag that an environment variable stands in for. An empty value is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const orVariable = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.optional,
    Flag.map(Option.filter((value) => value !== "")),
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description} [${variable}]`)
  )

/**
 * The same, where a site that is named comes before the variable. An empty value of the flag is kept until then.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(`${description} [${variable}]`))

/**
 * @category constructors
 * @since 0.1.0
 */
export const openText = (name: string, variable: string, metavar: string, description: string) =>
  open(Flag.String(name), variable, metavar, description)

/**
 * A duration on the command line.
 *
 * @category schemas
 * @since 0.1.0
 */
export { Seconds } from "../ce/Environment.ts"

/**
 * How results are printed: for people, in a table, which may be `wide`; as one handle a line; or as a JSON document.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Format = Schema.Literals(["table", "wide", "name", "json"])

/**
 * @category models
 * @since 0.1.0
 */
export type Format = typeof Format.Type

/**
 * The flags that every command takes, each with its environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  site: Flag.String("site").pipe(
    Flag.withSchema(Schema.NonEmptyString),
    Flag.withMetavar("NAME"),
    Flag.withDescription(
      "The CE of this name in the file of --sites, with its credentials; other flags win. May be repeated for handles of several"
    ),
    Flag.atLeast(0)
  ),
  sites: orVariable(PathFlag.file("sites"), "HTCONDOR_CE_SITES", "FILE", "A JSON file with several CEs"),
  ce: openText(
    "ce",
    "HTCONDOR_CE_ENDPOINT",
    "HOST:PORT",
    "The HTCondor-CE, unless handles name it; default port: 9619"
  ),
  schedd: openText("schedd", "HTCONDOR_CE_SCHEDD", "NAME", "Its schedd; default: the host"),
  localPool: openText(
    "local-pool",
    "HTCONDOR_CE_LOCAL_POOL",
    "HOST:PORT",
    "The submit host by which jobs go to the CE (grid universe); default: none, to the CE itself"
  ),
  localSchedd: openText(
    "local-schedd",
    "HTCONDOR_CE_LOCAL_SCHEDD",
    "NAME",
    "The submit host's schedd; default: the host"
  ),
  tokenFile: open(
    PathFlag.file("token-file"),
    "HTCONDOR_CE_TOKEN_FILE",
    "FILE",
    "The token to show; default: a SciToken, found as WLCG has it (BEARER_TOKEN, ...)"
  ),
  tokenKind: open(
    Flag.Literals("token-kind", ["idtoken", "scitoken"]),
    "HTCONDOR_CE_TOKEN_KIND",
    "idtoken|scitoken",
    "What is in that file; default: idtoken"
  ),
  proxyFile: open(
    PathFlag.file("proxy-file"),
    "HTCONDOR_CE_PROXY_FILE",
    "FILE",
    "The X.509 proxy certificate that jobs take along; default: none"
  ),
  audience: openText(
    "audience",
    "HTCONDOR_CE_AUDIENCE",
    "TEXT",
    "The audience of tokens for the CE; default: HOST:PORT"
  ),
  caFile: open(
    PathFlag.file("ca-file"),
    "HTCONDOR_CE_CA_FILE",
    "FILE",
    "Who may have signed the CE's host certificate; default: as grid software finds it"
  ),
  caDirectory: open(
    PathFlag.directory("ca-directory"),
    "HTCONDOR_CE_CA_DIRECTORY",
    "DIR",
    "The same, as a directory of certificates"
  ),
  condorBin: open(
    PathFlag.directory("condor-bin"),
    "HTCONDOR_CE_CONDOR_BIN",
    "DIR",
    "Where HTCondor's tools are; default: PATH"
  ),
  timeout: openText(
    "tool-timeout",
    "HTCONDOR_CE_TIMEOUT",
    "SECONDS",
    "How long one tool may take to answer; default: 60"
  ),
  confine: Flag.Boolean("confine").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Let a tool write to its own directory and to nothing else, by bwrap (bubblewrap)")
  ),
  format: Flag.Literals("format", Format.literals).pipe(
    Flag.withAlias("o"),
    Flag.optional,
    Flag.withMetavar("table|wide|name|json"),
    Flag.withDescription("What stands on stdout; name: a handle a line; default: table")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("The same as -o json: one JSON document")
  )
}

/**
 * The values of the global flags, and of those that describe the site, which are none where a command does not take them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flags {
  readonly site: ReadonlyArray<string>
  readonly sites: Option.Option<string>
  readonly ce: Option.Option<string>
  readonly schedd: Option.Option<string>
  readonly localPool: Option.Option<string>
  readonly localSchedd: Option.Option<string>
  readonly tokenFile: Option.Option<string>
  readonly tokenKind: Option.Option<string>
  readonly proxyFile: Option.Option<string>
  readonly audience: Option.Option<string>
  readonly caFile: Option.Option<string>
  readonly caDirectory: Option.Option<string>
  readonly condorBin: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly containerWith: Option.Option<string>
  readonly urlSchemes: Option.Option<string>
  readonly confine: boolean
  readonly format: Option.Option<Format>
  readonly json: boolean
  /** What the file says of the one CE that `site` names, once it is read. */
  readonly named?: HTCondorCE.Config
}
