/** The fake, in virtual time. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { CondorTool } from "../../src/condor/index.ts"
import * as FakeSchedd from "../../src/testing/FakeSchedd.ts"
import type { Version } from "../live/Stack.ts"
import { Rig } from "./Rig.ts"
import { type Identity, payloadOf } from "./Situation.ts"

// The address of the real daemons. The tools break lines with a long address in other places.
const pool = "127.0.0.11:9619"
const schedd = "ce@local"

// A time that `Masking` recognizes as a time.
const begin = Date.UTC(2026, 10, 23)

const claims: Readonly<Record<Exclude<Identity, "nobody">, object>> = {
  pilot: { sub: "pilot@users.htcondor.org" },
  other: { sub: "other@users.htcondor.org" },
  reader: { sub: "pilot@users.htcondor.org", scope: "condor:/READ" },
  expired: { sub: "pilot@users.htcondor.org", exp: begin / 1000 - 60 },
  forged: { sub: "pilot@users.htcondor.org" }
}

const encode = Schema.encodeSync(Schema.StringFromBase64Url)

// The signature is not verified.
const token = (payload: object): string =>
  [{ alg: "HS256", kid: "POOL" }, {
    iss: pool,
    iat: begin / 1000 - 120,
    exp: begin / 1000 + 86_400,
    scope: "condor:/READ condor:/WRITE",
    ...payload
  }, "signature"].map((part) => encode(JSON.stringify(part))).join(".")

const decoder = new TextDecoder()

const layerRig = (tokens: string) =>
  Layer.effect(
    Rig,
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { run } = yield* CondorTool.CondorTool
      const path = yield* Path.Path
      return {
        pool,
        schedd,
        tokenDirectory: (identity) => path.join(tokens, identity),
        run,
        site: (act, job, reason) =>
          Effect.flatMap(
            act === "hold"
              ? fake.hold(job, reason === undefined ? {} : { reason })
              : act === "release"
              ? fake.release(job, reason)
              : fake.remove(job, reason),
            (done) => done ? Effect.void : Effect.die(new Error(`the site could not ${act} ${job}`))
          ),
        pass: (milliseconds) => TestClock.adjust(milliseconds),
        cleanUp: () => Effect.void
      }
    })
  )

/** A fake of this version, with its own clock. */
export const layer = (version: Version) =>
  Layer.unwrap(Effect.gen(function*() {
    yield* TestClock.setTime(begin)
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const tokens = yield* fileSystem.makeTempDirectoryScoped({ prefix: "transcript-tokens-" })
    const directories = new Map(Object.entries({ ...claims, nobody: undefined }))
    for (const [identity, payload] of directories) {
      yield* fileSystem.makeDirectory(path.join(tokens, identity), { mode: 0o700 })
      if (payload === undefined) continue
      yield* fileSystem.writeFileString(path.join(tokens, identity, "token"), `${token(payload)}\n`, { mode: 0o600 })
    }
    const forged = path.join(tokens, "forged")
    return layerRig(tokens).pipe(Layer.provide(FakeSchedd.layer({
      version,
      endpoint: pool,
      schedd,
      // The interval of the stack.
      sweepInterval: "1 second",
      payload: ({ executable, inputs }) => {
        const program = inputs.get(executable)
        const payload = payloadOf(program === undefined ? "" : decoder.decode(program.content))
        return {
          duration: `${payload.seconds ?? 0} seconds`,
          exit: payload.signal === undefined ? { code: payload.exit ?? 0 } : { signal: payload.signal },
          stdout: payload.stdout,
          stderr: payload.stderr,
          files: payload.files
        }
      },
      faults: [{
        _tag: "TokenRefused",
        when: ({ environment }) => environment["_CONDOR_SEC_TOKEN_DIRECTORY"] === forged
      }]
    })))
  })).pipe(
    Layer.provideMerge(NodeServices.layer),
    Layer.provideMerge(TestClock.layer())
  )
