/**
 * The main job on an embedded compute element: `node scripts/demo.ts [lts|latest]`.
 *
 * HTCondor is played, in this process; the jobs are real processes of this host.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ClassAd from "../src/classad/ClassAd.ts"
import { Credential, HTCondorCE, ScheddTransport } from "../src/index.ts"
import { FakeSchedd } from "../src/testing/index.ts"
import { main, Stage } from "./demo/Story.ts"

const endpoint = "embedded.example.org:9619"

const stage = Layer.effect(
  Stage,
  Effect.map(FakeSchedd.FakeSchedd, ({ queue, version }) => ({
    title: `An embedded HTCondor-CE (${version} is played, jobs are processes of this machine)`,
    endpoint,
    keysInQueue: Effect.map(queue, (ads) =>
      ads.flatMap((ad) => {
        const key = ClassAd.get(ad, "EffectCEKey")
        return key?._tag === "Literal" && key.value._tag === "String" ? [key.value.value] : []
      }))
  }))
)

main((version) =>
  Layer.mergeAll(
    stage,
    HTCondorCE.layer({ endpoint }).pipe(
      Layer.provide(ScheddTransport.layerTools()),
      Layer.provide(Credential.layerToken(FakeSchedd.token("demo")))
    )
  ).pipe(Layer.provide(FakeSchedd.embedded({ version, endpoint, slots: 8 })))
)
