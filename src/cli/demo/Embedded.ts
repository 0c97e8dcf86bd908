/**
 * The demo on an embedded CE: a fake plays HTCondor in this process, and the jobs are real processes of this host.
 *
 * @since 0.1.0
 */
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HTCondorCE from "../../ce/HTCondorCE.ts"
import * as ScheddTransport from "../../ce/ScheddTransport.ts"
import * as ClassAd from "../../classad/ClassAd.ts"
import * as Credential from "../../credentials/Credential.ts"
import * as FakeSchedd from "../../testing/FakeSchedd.ts"
import * as Story from "./Story.ts"

const endpoint = "embedded.example.org:9619"

const stage = Layer.effect(
  Story.Stage,
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

const services = (version: Story.Version) =>
  Layer.mergeAll(
    stage,
    HTCondorCE.layer({ endpoint }).pipe(
      Layer.provide(ScheddTransport.layerTools()),
      Layer.provide(Credential.layerToken(FakeSchedd.token("demo")))
    ),
    Digest.layerWebCrypto,
    SecureRandom.layerWebCrypto
  ).pipe(Layer.provide(FakeSchedd.embedded({ version, endpoint, slots: 8 })))

/**
 * Runs the demo on a fake of this version of HTCondor.
 *
 * @category running
 * @since 0.1.0
 */
export const play = (version: Story.Version) => Effect.provide(Story.story, services(version))
