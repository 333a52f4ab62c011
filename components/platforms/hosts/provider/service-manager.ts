import type { ServiceSpec } from "../../../../workloads/supervisor/spec";

/** What a service manager is told about a service. */
export interface ServiceDefinition extends ServiceSpec {
  /** One line for people. */
  description: string;
  /** Where the supervisor keeps its files. */
  stateDirectory: string;
}

/** How a service is found on the host. */
export type ServiceId = Pick<ServiceDefinition, "name" | "stateDirectory">;

/** How a service is. */
export interface ServiceState {
  /** Whether it runs now, by the given definition. */
  running: boolean;
  /** How often it has ended by itself since it was started. */
  restarts: number;
}

/** What keeps services running on a host. */
export interface ServiceManager {
  /** Writes the definition down, without an effect on what runs. */
  define(service: ServiceDefinition): Promise<void>;
  /** Starts the service as defined; ends it first when it runs. */
  restart(service: ServiceDefinition): Promise<void>;
  /** How the service is. */
  state(service: ServiceDefinition): Promise<ServiceState>;
  /** The end of what it wrote. */
  logTail(service: ServiceId): Promise<string>;
  /** Stops it and removes all that was made for it. Nothing there is fine. */
  remove(service: ServiceId): Promise<void>;
}
