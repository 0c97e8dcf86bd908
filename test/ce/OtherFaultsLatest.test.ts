import { otherFaults } from "./FaultTableOthers.ts"

otherFaults("latest")
