import { otherFaults } from "./FaultTableOthers.ts"

otherFaults("lts")
