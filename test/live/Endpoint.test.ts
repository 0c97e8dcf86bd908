/** The forms in which a compute element's address can be written, at real daemons. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Random, Result, Schedule } from "effect"
import { Capability, type HTCondorCE, SubmissionKey } from "../../src/index.ts"
import { backend, configuration, Stack, type Version, versions } from "./Stack.ts"

const onStack = (version: Version) => Layer.merge(Stack.layer(version), NodeServices.layer)

/** The answer of the CE at this address about a key that is in use there, and about its job. */
const visit = (config: Partial<HTCondorCE.Config>) =>
  Effect.gen(function*() {
    const submitter = yield* Capability.Submitter
    const cancellable = yield* Capability.Cancellable
    const key = yield* SubmissionKey.generate
    const { handles } = yield* submitter.submit({ executable: "/bin/sleep", arguments: ["120"] }, [{}], { key })
    return yield* Effect.gen(function*() {
      const [handle] = handles
      assert.oneOf((yield* submitter.reconcile(key))._tag, ["Staging", "Submitted"])
      return { endpoint: handle?.endpoint, scheduler: handle?.scheduler }
    }).pipe(
      Effect.ensuring(Effect.ignore(cancellable.cancel(handles))),
      Effect.tap(() =>
        Effect.map(cancellable.cancel(handles), (outcomes) => {
          for (const [, outcome] of outcomes) assert.isTrue(Result.isSuccess(outcome))
        })
      )
    )
  }).pipe(
    Effect.provide(backend(config))
  )

const host = Effect.map(Stack, ({ endpoint }) => endpoint.replace(":9619", ""))

const loopback = "0".repeat(31) + "1"

/** A second collector and schedd of the CE in the instance, at the loopback address of IPv6. */
const onIPv6 = Effect.fnUntraced(function*(port: number) {
  const stack = yield* Stack
  const directory = `/var/lib/condor-${port}`
  const settings = {
    ENABLE_IPV6: "True",
    ENABLE_IPV4: "False",
    NETWORK_INTERFACE: "::1",
    CONDOR_HOST: "::1",
    // The address has no name in DNS.
    NO_DNS: "True",
    DEFAULT_DOMAIN_NAME: "ce.test",
    COLLECTOR_HOST: `[::1]:${port}`,
    SHARED_PORT_PORT: String(port),
    DAEMON_LIST: "MASTER COLLECTOR SCHEDD",
    SCHEDD_NAME: "Six@Local",
    LOCAL_CONFIG_DIR: "",
    ...Object.fromEntries(["RUN", "LOG", "LOCK", "SPOOL", "EXECUTE"].map((name) => [name, `${directory}/${name}`]))
  }
  const environment = Object.entries(settings).map(([name, value]) => `export _CONDOR_${name}='${value}'`)
  const start = [
    `mkdir -p ${directory}/RUN ${directory}/LOG ${directory}/LOCK ${directory}/SPOOL ${directory}/EXECUTE`,
    `chown -R condor: ${directory}`,
    ...environment,
    "setsid condor_master -f </dev/null >/dev/null 2>&1 &",
    "echo $!",
    // Once MasterLog exists, the master has its own session. Until then it would be killed with the shell.
    `until [ -s ${directory}/LOG/MasterLog ]; do sleep 0.1; done`
  ].join("\n")
  yield* Effect.acquireRelease(
    stack.inside("sh", "-c", start),
    ({ stdout }) => stack.inside("kill", "-QUIT", stdout.trim())
  )
  const { stdout } = yield* Effect.repeat(
    stack.exec("condor_status", "-pool", `[::1]:${port}`, "-schedd", "-af", "Name"),
    {
      schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ times: 120 })),
      until: ({ stdout }) => stdout !== ""
    }
  )
  assert.strictEqual(stdout, "Six@Local\n")
})

describe.skipIf(configuration !== "basic")("endpoints", () => {
  for (const version of versions) {
    it.layer(onStack(version), { excludeTestServices: true })(`addresses of ${version}`, (it) => {
      it.effect("host without a port: is accepted, also with a schedd that is not named after the host", () =>
        Effect.gen(function*() {
          const address = yield* host
          assert.deepStrictEqual(yield* visit({ endpoint: address, schedd: "ce@local" }), {
            endpoint: `${address}:9619`,
            scheduler: "ce@local"
          })
        }))

      it.effect("schedd in capitals: is found", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* visit({ schedd: "CE@LOCAL" }), {
            endpoint: `${yield* host}:9619`,
            scheduler: "ce@local"
          })
        }))

      it.effect("IPv4 address written as IPv6: is accepted", () =>
        Effect.gen(function*() {
          const address = yield* host
          assert.deepStrictEqual(yield* visit({ endpoint: `[::ffff:${address}]` }), {
            endpoint: `${address}:9619`,
            scheduler: "ce@local"
          })
        }))

      it.effect("credential refused at the port of the pool: the error doubts the port", () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(visit({ endpoint: `${yield* host}:9618` }))
          // 23.9 breaks off the conversation. 25.14 refuses.
          assert.strictEqual(error._tag, version === "lts" ? "CEUnavailable" : "AuthenticationFailed")
          assert.include(error.message, "9618 is the port of a pool, and that of an HTCondor-CE is 9619")
        }))

      it.effect("schedd of another name: the error says that it is missing, and names the existing ones", () =>
        Effect.gen(function*() {
          const address = yield* host
          const error = yield* Effect.flip(visit({ endpoint: address, schedd: undefined }))
          assert.strictEqual(error._tag, "CEUnavailable")
          assert.include(error.message, `has no schedd ${address} (it has: ce@local)`)
        }))

      it.effect("IPv6 address in brackets: is accepted", (context) =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const addresses = yield* Effect.orElseSucceed(fileSystem.readFileString("/proc/net/if_inet6"), () => "")
          if (!addresses.includes(loopback)) context.skip("NOT PROVEN: this machine has no IPv6")
          // The instance shares the machine's network, on which other stacks may run.
          const port = yield* Random.nextIntBetween(20_000, 30_000)
          yield* onIPv6(port)
          assert.deepStrictEqual(yield* visit({ endpoint: `[0:0::1]:${port}`, schedd: "six@local" }), {
            endpoint: `[::1]:${port}`,
            scheduler: "six@local"
          })
          // The schedd has to be named. The error lists the existing schedds.
          const error = yield* Effect.flip(visit({ endpoint: `[::1]:${port}`, schedd: undefined }))
          assert.strictEqual(error._tag, "CEUnavailable")
          assert.include(error.message, "has no schedd ::1 (it has: Six@Local)")
        }).pipe(Effect.scoped))
    })
  }
})
