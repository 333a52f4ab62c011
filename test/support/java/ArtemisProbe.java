import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQQueueExistsException;
import org.apache.activemq.artemis.api.core.ActiveMQSecurityException;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.client.ActiveMQClient;
import org.apache.activemq.artemis.api.core.client.ClientConsumer;
import org.apache.activemq.artemis.api.core.client.ClientProducer;
import org.apache.activemq.artemis.api.core.client.ClientSession;
import org.apache.activemq.artemis.api.core.client.ClientSessionFactory;
import org.apache.activemq.artemis.api.core.client.ServerLocator;

/**
 * Tries what a user may do on an Artemis, by its own protocol. The first line of the input is the password; each further
 * line is `operation destination` and is answered by `true` or `false`. Any answer of the broker but success or a refusal
 * ends the program.
 *
 * <p>Arguments: URL and user.
 */
public final class ArtemisProbe {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    String password = in.readLine();
    ServerLocator locator = ActiveMQClient.createServerLocator(args[0]);
    locator.setBlockOnDurableSend(true);
    ClientSessionFactory factory = locator.createSessionFactory();
    try (ClientSession session = factory.createSession(args[1], password, false, true, true, false, 0)) {
      session.start();
      System.out.println("accepted");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        System.out.println(attempt(session, words[0], words[1]));
      }
    } catch (ActiveMQSecurityException refused) {
      System.out.println("refused");
    } finally {
      factory.close();
      locator.close();
    }
  }

  private static boolean attempt(ClientSession session, String operation, String queue) throws ActiveMQException {
    try {
      switch (operation) {
        case "send" -> {
          try (ClientProducer producer = session.createProducer(queue)) {
            producer.send(session.createMessage(true));
          }
        }
        case "receive" -> {
          try (ClientConsumer consumer = session.createConsumer(queue)) {
            consumer.receiveImmediate();
          }
        }
        case "declare" ->
            session.createQueue(
                QueueConfiguration.of(queue)
                    .setAddress(queue)
                    .setRoutingType(RoutingType.ANYCAST)
                    .setDurable(true));
        default -> throw new IllegalArgumentException(operation);
      }
      return true;
    } catch (ActiveMQQueueExistsException exists) {
      // The broker looks at the right first.
      return true;
    } catch (ActiveMQSecurityException refused) {
      return false;
    }
  }
}
