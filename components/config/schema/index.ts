import { hostsStack } from "./hosts";
import { kubernetesStack } from "./kubernetes";

/** The schema of a stack file, by its platform. */
export const platforms = { hosts: hostsStack, kubernetes: kubernetesStack } as const;
