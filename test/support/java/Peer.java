import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own Java clients as a process: does what each line of standard input says, and answers with one line. Words
 * are separated by spaces; bytes are base64, and - stands for none.
 */
public class Peer {
  static final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
  static final Map<String, List<Future<RecordMetadata>>> sent = new HashMap<>();

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      try {
        System.out.println("ok " + answer(args[0], line.split(" ")));
      } catch (Exception error) {
        System.out.println("error " + error);
      }
    }
  }

  static String answer(String brokers, String[] words) throws Exception {
    String name = words[1];
    switch (words[0]) {
      case "open" -> open(brokers, name, words[2], words.length > 3 ? words[3] : null);
      case "send" -> send(name, words);
      case "flush" -> {
        producers.get(name).flush();
        for (Future<RecordMetadata> one : sent.get(name)) one.get();
        sent.get(name).clear();
      }
      case "begin" -> producers.get(name).beginTransaction();
      case "commit" -> producers.get(name).commitTransaction();
      case "abort" -> {
        producers.get(name).abortTransaction();
        sent.get(name).clear();
      }
      case "read" -> {
        return read(brokers, new TopicPartition(name, Integer.parseInt(words[2])), Integer.parseInt(words[3]));
      }
      case "quota" -> quota(brokers, name, words[2], words[3].equals("-") ? null : Double.valueOf(words[3]));
      case "lead" -> lead(brokers, new TopicPartition(name, Integer.parseInt(words[2])), words[3]);
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "";
  }

  /** What is sent waits for a flush, so that it goes in as few batches as can be. */
  static void open(String brokers, String name, String compression, String transactionalId) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", brokers);
    settings.put("compression.type", compression);
    settings.put("linger.ms", 60_000);
    settings.put("batch.size", 500_000);
    settings.put("delivery.timeout.ms", 120_000);
    if (transactionalId != null) settings.put("transactional.id", transactionalId);
    var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    if (transactionalId != null) producer.initTransactions();
    producers.put(name, producer);
    sent.put(name, new ArrayList<>());
  }

  static void send(String name, String[] words) {
    Integer partition = words[3].equals("-") ? null : Integer.valueOf(words[3]);
    Long timestamp = words[4].equals("-") ? null : Long.valueOf(words[4]);
    var record = new ProducerRecord<>(words[2], partition, timestamp, bytes(words[5]), bytes(words[6]));
    for (int at = 7; at < words.length; at += 2) record.headers().add(words[at], bytes(words[at + 1]));
    sent.get(name).add(producers.get(name).send(record));
  }

  /** The values of the first records of a partition, as a consumer that reads committed ones alone sees them. */
  static String read(String brokers, TopicPartition partition, int count) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", brokers);
    settings.put("isolation.level", "read_committed");
    List<String> values = new ArrayList<>();
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (long end = System.currentTimeMillis() + 30_000; values.size() < count; ) {
        if (System.currentTimeMillis() > end) throw new IllegalStateException(values.size() + " records are there");
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          values.add(record.value() == null ? "-" : Base64.getEncoder().encodeToString(record.value()));
        }
      }
    }
    return String.join(" ", values);
  }

  /** Sets a quota of a client, or removes it. */
  static void quota(String brokers, String clientId, String key, Double value) throws Exception {
    var client = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, clientId));
    var change = new ClientQuotaAlteration(client, List.of(new ClientQuotaAlteration.Op(key, value)));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      admin.alterClientQuotas(List.of(change)).all().get();
    }
  }

  /** Makes the first of these replicas, ids with commas, the leader. */
  static void lead(String brokers, TopicPartition partition, String replicas) throws Exception {
    var order = Arrays.stream(replicas.split(",")).map(Integer::valueOf).toList();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      var reassignment = Optional.of(new NewPartitionReassignment(order));
      admin.alterPartitionReassignments(Map.of(partition, reassignment)).all().get();
      for (long end = System.currentTimeMillis() + 30_000; ; Thread.sleep(50)) {
        try {
          admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
          return;
        } catch (ExecutionException error) {
          if (error.getCause() instanceof ElectionNotNeededException) return;
          // The replica may have fallen behind under load.
          if (System.currentTimeMillis() > end) throw error;
        }
      }
    }
  }

  static byte[] bytes(String word) {
    return word.equals("-") ? null : Base64.getDecoder().decode(word);
  }
}
