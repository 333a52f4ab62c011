import java.io.BufferedReader;
import java.io.InputStreamReader;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.JMSSecurityException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.DestinationInfo;

/**
 * Tries what a user may do on an ActiveMQ Classic, by OpenWire. The first line of the input is the password; each further
 * line is `operation destination` and is answered by `true` or `false`. Any answer of the broker but success or a refusal
 * ends the program.
 *
 * <p>Arguments: URL and user.
 */
public final class ActiveMqProbe {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(args[1], in.readLine(), args[0]);
    factory.setAlwaysSyncSend(true);
    // The advisories of temporary destinations are for none of our users.
    factory.setWatchTopicAdvisories(false);
    Connection connection = factory.createConnection();
    try {
      connection.start();
    } catch (JMSSecurityException refused) {
      System.out.println("refused");
      connection.close();
      return;
    }
    System.out.println("accepted");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      System.out.println(attempt((ActiveMQConnection) connection, words[0], new ActiveMQQueue(words[1])));
    }
    connection.close();
  }

  private static boolean attempt(ActiveMQConnection connection, String operation, ActiveMQDestination queue)
      throws JMSException {
    Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
    try {
      switch (operation) {
        case "send" -> {
          MessageProducer producer = session.createProducer(queue);
          producer.setDeliveryMode(DeliveryMode.PERSISTENT);
          producer.send(session.createTextMessage("x"));
          producer.close();
        }
        case "receive" -> {
          MessageConsumer consumer = session.createConsumer(queue);
          consumer.close();
        }
        case "declare" -> {
          // To declare what is there is nothing, for anybody; and so is to delete it, which ActiveMQ asks no right for.
          connection.destroyDestination(queue);
          DestinationInfo info =
              new DestinationInfo(
                  connection.getConnectionInfo().getConnectionId(), DestinationInfo.ADD_OPERATION_TYPE, queue);
          connection.syncSendPacket(info);
        }
        default -> throw new IllegalArgumentException(operation);
      }
      return true;
    } catch (JMSException error) {
      if (isRefusal(error)) return false;
      throw error;
    } finally {
      session.close();
    }
  }

  private static boolean isRefusal(Throwable error) {
    for (Throwable at = error; at != null; at = at.getCause()) {
      if (at instanceof SecurityException || at instanceof JMSSecurityException) return true;
    }
    return false;
  }
}
