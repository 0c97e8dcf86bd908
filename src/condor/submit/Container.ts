/**
 * Container images, and the clauses of the requirements for machines that run them or fetch URLs.
 *
 * @since 0.1.0
 */
import type { Draft } from "./Draft.ts"
import { baseName, isUrl } from "./Values.ts"
import { names, withoutQuotes } from "./Values.ts"

type Kind = "docker" | "sif" | "directory"

const kindOf = (image: string): Kind =>
  image.startsWith("docker:") ? "docker" : image.endsWith(".sif") ? "sif" : "directory"

const wanted: Readonly<Record<Kind, readonly [attribute: string, machine: string]>> = {
  docker: ["WantDockerImage", "HasDockerURL"],
  sif: ["WantSIF", "HasSIF"],
  directory: ["WantSandboxImage", "HasSandboxImage"]
}

/** Whether a job runs in a container: it has the container universe, or an image. */
export const isContainer = (draft: Draft): boolean => draft.get("WantContainer") !== undefined

/** Sets the image. A job of the vanilla universe with an image runs in a container. */
export const image = (draft: Draft): void => {
  if (draft.isGrid) return
  if (draft.macros.get("docker_image", "DockerImage") !== undefined) return draft.leave("the command docker_image")
  const named = draft.macros.get("container_image", "ContainerImage")
  const asked = draft.macros.get("universe", "JobUniverse")?.toLowerCase() === "container"
  if (named === undefined && !asked) return
  draft.set("WantContainer", true)
  if (named === undefined) return draft.fail("container jobs require a container_image or docker_image")
  const image = withoutQuotes(named)
  draft.set("ContainerImage", image)
  draft.set(wanted[kindOf(image)][0], true)
}

/** The directory of images that every machine has: `CONTAINER_SHARED_FS` of the client's configuration. */
const shared = "/cvmfs"

/** Returns the image as an input, if it is sent. The job then names it by the last part of its path. */
export const input = (draft: Draft): ReadonlyArray<string> => {
  const image = isContainer(draft) ? draft.macros.get("container_image", "ContainerImage") : undefined
  if (image === undefined) return []
  const registry = /^(docker|oras):\/\//.exec(image)?.[1]
  const told = draft.get("TransferContainer")
  const stays = told?._tag === "Literal" && told.value._tag === "Boolean" && !told.value.value
  if (stays || image.startsWith(shared) || registry !== undefined) {
    draft.set("ContainerImageSource", stays || registry === undefined ? "local" : registry)
    return []
  }
  const colon = image.indexOf(":")
  draft.set("ContainerImage", baseName(image.replace(/\/$/, "")))
  if (draft.setting.version === "latest") draft.set("ContainerImageFullPath", image)
  draft.set("ContainerImageSource", colon < 0 ? "cedar" : image.slice(0, colon))
  return [image]
}

/** The clause of the requirements for a machine that runs the container. */
export const clause = (draft: Draft): string =>
  ` && TARGET.HasContainer && TARGET.${wanted[kindOf(draft.text("ContainerImage") ?? "")][1]}`

const schemeOf = (url: string): string => url.slice(0, url.indexOf("://")).replace(/^.*[+.-]/, "")

/** The clause for the schemes of the URLs that a job reads from and writes to. */
export const methods = (draft: Draft): string => {
  const remaps = (draft.text("TransferOutputRemaps") ?? "").split(";").map((remap) =>
    remap.replace(/^[^=]*=/, "").trim()
  )
  const urls = [...names(draft.text("TransferInput") ?? ""), draft.text("OutputDestination") ?? "", ...remaps]
    .filter(isUrl)
  // If a scheme has two spellings, the first one counts.
  const schemes = new Map(urls.toReversed().map((url) => [schemeOf(url).toLowerCase(), schemeOf(url)]))
  const sorted = Array.from(schemes).toSorted(([a], [b]) => a < b ? -1 : 1).map(([, scheme]) => scheme)
  if (sorted.length > 0) draft.set("WantTransferPluginMethods", sorted.join(","))
  return sorted.map((scheme) => ` && stringListIMember("${scheme}",TARGET.HasFileTransferPluginMethods)`).join("")
}
