/** SHA-512 of archives, in hex, by file name: as they are in the Maven repository. */
export const archiveSums: Readonly<Record<string, string>> = {
  "apache-activemq-5.18.3-bin.tar.gz":
    "61abc4a08b9e1db6a5b1062bb1c839171e93bcb571817fd81744dd19874d713840bba99c7979d45bcb832d13ea01986b76fb11720f5ec63a0283e7d1934a33cc",
  "apache-artemis-2.44.0-bin.tar.gz":
    "d709eafe1ead38234216d324e9876ee0f66265a2deba36b526f64512de4da1e25ae6b5430a03dc002071ed91553c72f3ef01211d7414b14752272cbec66883b4",
};
