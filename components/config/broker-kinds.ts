import type { BrokerKind } from "./topology";

/** Facts of a broker software that a stack file is read with. */
interface BrokerFacts {
  /** What people call it. */
  readonly title: string;
  /** The image on Kubernetes where none is named. */
  readonly image: string;
  /** Major versions that are known, and the oldest of them. */
  readonly majors: readonly number[];
  readonly oldest: readonly [major: number, minor: number];
  /** Least memory of its container, as Kubernetes writes quantities. */
  readonly leastMemory: string;
}

/** What a broker on a host is unpacked from where nothing else is said. */
interface ArchiveFacts {
  readonly version: string;
  /** As the project publishes it. */
  readonly fileName: (version: string) => string;
}

/** By kind. */
export const brokerKinds: Readonly<Record<BrokerKind, BrokerFacts>> = {
  rabbitmq: {
    title: "RabbitMQ",
    image: "rabbitmq:4.3.5-management",
    majors: [4],
    oldest: [4, 0],
    // Below it, it raises its memory alarm as it starts.
    leastMemory: "256Mi",
  },
  activemq: {
    title: "ActiveMQ",
    image: "apache/activemq-classic:6.1.7",
    majors: [5, 6],
    oldest: [5, 18],
    leastMemory: "512Mi",
  },
  artemis: {
    title: "Artemis",
    image: "apache/activemq-artemis:2.44.0",
    majors: [2],
    oldest: [2, 40],
    leastMemory: "512Mi",
  },
};

/** By kind, for those that no distribution has a usable package of. */
export const brokerArchives: Readonly<Record<"activemq" | "artemis", ArchiveFacts>> = {
  activemq: { version: "5.18.3", fileName: (version) => `apache-activemq-${version}-bin.tar.gz` },
  artemis: { version: "2.44.0", fileName: (version) => `apache-artemis-${version}-bin.tar.gz` },
};
