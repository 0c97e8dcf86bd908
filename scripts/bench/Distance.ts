/** A CE that is far away. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { CondorTool } from "../../src/index.ts"
import * as Peer from "./Peer.ts"
import * as Scene from "./Scene.ts"

/** HTCondor's tools, to which the CE is so many milliseconds away, each way. All else stays near. */
export const tools = (milliseconds: number) =>
  Layer.unwrap(Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const { binDirectory, directory, endpoint } = yield* Scene.Scene
    const [host = "", port = ""] = endpoint.split(":")
    const words = [path.join(import.meta.dirname, "distance.py"), host, port, String(milliseconds)]
    const distance = yield* Peer.make("python3", words, { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" })
    const { text: namespace } = yield* distance.ask("where")
    const distant = yield* directory
    const wrapper = path.join(distant, "tool")
    const script = `#!/bin/sh\nexec nsenter --net=${namespace} -- ${binDirectory}/\${0##*/} "$@"\n`
    yield* fileSystem.writeFileString(wrapper, script, { mode: 0o755 })
    for (const tool of CondorTool.toolNames) yield* fileSystem.symlink(wrapper, path.join(distant, tool))
    return CondorTool.layer({ binDirectory: distant })
  }))
