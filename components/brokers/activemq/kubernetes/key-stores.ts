import { javaPaths } from "../../kubernetes/java/paths";
import { keyStorePasswordFile } from "../files";

const { etc, tls } = javaPaths("activemq");

/** In memory: made of the certificate's Secret as the broker starts. */
const folder = "/run/key-stores";

/** The PKCS #12 stores that ActiveMQ wants of a certificate. */
export const keyStores = {
  folder,
  keyStore: `${folder}/key-store.p12`,
  trustStore: `${folder}/trust-store.p12`,
  /** One line: the password of both, which is of no use to whoever has not got them. */
  passwordFile: `${etc}/${keyStorePasswordFile}`,
  /** Name of the broker's key. */
  alias: "broker",
} as const;

/**
 * Shell script that makes the stores and then runs its arguments. Of what they are made of it keeps copies, see
 * {@link unchangedScript}. A store takes one certificate at a time, where a CA's file may hold several.
 */
export const keyStoresScript = `set -e
umask 077
cd ${folder}
rm -f ./*
cp ${tls}/tls.crt ${tls}/ca.crt .
openssl pkcs12 -export -name ${keyStores.alias} -in tls.crt -inkey ${tls}/tls.key -out ${keyStores.keyStore} -passout file:${keyStores.passwordFile}
number=0
while read -r line || [ -n "$line" ]; do
  case $line in *BEGIN*) number=$((number + 1)) ;; esac
  echo "$line" >> "ca-$number.pem"
done < ca.crt
for each in ca-[1-9]*.pem; do
  keytool -importcert -noprompt -alias "$each" -file "$each" -keystore ${keyStores.trustStore} -storetype PKCS12 -storepass:file ${keyStores.passwordFile}
done
exec "$@"
`;

/** Shell script that fails once the Secret has another certificate than the one that the broker started with. */
export const unchangedScript = `cmp -s ${tls}/tls.crt ${folder}/tls.crt && cmp -s ${tls}/ca.crt ${folder}/ca.crt`;
