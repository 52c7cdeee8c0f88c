import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterators;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * mongo-java-server on an H2 file, on 127.0.0.1: {@code MongoEngine PORT FILE}.
 *
 * <p>What is answered is in the file before the answer leaves, so it survives the death of this process (not a loss of
 * power: the file is written, not synced). Commands run beside each other; one commit covers all that finished before
 * it, and none that is half done.
 */
public final class MongoEngine {
    /** Drivers refuse servers older than wire version 9; the library itself calls itself 8. */
    private enum Version implements MongoVersion {
        FIVE;

        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    private static final class Durable extends H2Backend {
        private static final int COMMITS_BETWEEN_TIDYING = 1_000;
        private static final int LEAST_FILL_PERCENT = 50;
        private static final int TIDIED_AT_ONCE_BYTES = 4 << 20;
        private static final long GROWTH_BETWEEN_TIDYING_BYTES = 8 << 20;

        private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
        private final AtomicLong finished = new AtomicLong();
        private long committed; // this and the next are guarded by the write side of the gate
        private int commitsSinceTidying;
        private long tidiedBytes;

        Durable(MVStore store) {
            super(store);
        }

        @Override
        protected MongoDatabase openOrCreateDatabase(String name) {
            return new IndexedDatabase(name, getMvStore(), getCursorRegistry());
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            gate.readLock().lock();
            long mine;
            Document answer;
            try {
                FIRST_MATCH.set(firstMatch(message.getDocument()));
                answer = super.handleMessage(message);
            } finally {
                FIRST_MATCH.remove();
                mine = finished.incrementAndGet();
                gate.readLock().unlock();
            }
            makeDurable(mine);
            return answer;
        }

        private void makeDurable(long mine) {
            gate.writeLock().lock();
            try {
                if (committed < mine) {
                    long all = finished.get();
                    commit();
                    committed = all;
                    tidyNowAndThen();
                }
            } finally {
                gate.writeLock().unlock();
            }
        }

        /** Without it the file grows by some 20 KB a write: nobody else drops what newer versions replaced. */
        private void tidyNowAndThen() {
            commitsSinceTidying++;
            long grown = getMvStore().getFileStore().size() - tidiedBytes;
            if (commitsSinceTidying >= COMMITS_BETWEEN_TIDYING || grown > GROWTH_BETWEEN_TIDYING_BYTES) {
                getMvStore().compact(LEAST_FILL_PERCENT, TIDIED_AT_ONCE_BYTES);
                commitsSinceTidying = 0;
                tidiedBytes = getMvStore().getFileStore().size();
            }
        }
    }

    /** What an aggregation that this thread answers begins with, so that it reads no more than a search would. */
    private static final ThreadLocal<Document> FIRST_MATCH = new ThreadLocal<>();

    private static Document firstMatch(Document command) {
        boolean isSteps = command.get("aggregate") != null && command.get("pipeline") instanceof List;
        List<?> steps = isSteps ? (List<?>) command.get("pipeline") : List.of();
        boolean isMatch = !steps.isEmpty() && steps.get(0) instanceof Document;
        return isMatch && ((Document) steps.get(0)).get("$match") instanceof Document
            ? (Document) ((Document) steps.get(0)).get("$match")
            : null;
    }

    /**
     * The library takes an index only when a search names its fields and nothing else, and knows unique ones only: a
     * compare-and-set by id and version would read the whole collection, and so would every search by another key. Here
     * an index serves any search that gives a value or a range to its first fields, or that wants its order.
     */
    private static final class IndexedCollection extends H2Collection {
        private final List<SortedIndex> indexes = new ArrayList<>();

        IndexedCollection(MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> data,
                MVMap<String, Object> meta, CursorRegistry cursors) {
            super(database, name, options, data, meta, cursors);
        }

        @Override
        public synchronized void addIndex(Index<Object> index) {
            super.addIndex(index);
            indexes.removeIf(known -> known.getName().equals(index.getName()));
            if (index instanceof SortedIndex) {
                indexes.add((SortedIndex) index);
            }
        }

        @Override
        public synchronized void dropIndex(String name) {
            super.dropIndex(name);
            indexes.removeIf(known -> known.getName().equals(name));
        }

        @Override
        public Stream<Document> queryAllAsStream() {
            Document match = FIRST_MATCH.get();
            return match == null
                ? super.queryAllAsStream()
                : StreamSupport.stream(handleQuery(match).spliterator(), false);
        }

        @Override
        protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize,
                Document fields) {
            boolean isOrdered = orderBy != null && !orderBy.isEmpty();
            Optional<Way> best = indexes.stream().map(index -> index.way(query, orderBy)).filter(Objects::nonNull)
                .filter(way -> way.fields() > 0 || isOrdered && limit > 0 && way.isSorted())
                .max(Comparator.comparingInt(Way::worth));
            if (best.isEmpty()) {
                return super.queryDocuments(query, orderBy, skip, limit, batchSize, fields);
            }
            Way way = best.get();
            way.index().wake(this::streamAllDocumentsWithPosition, this);
            Stream<Document> found = way.positions().distinct().map(this::getDocument);
            return matchDocumentsFromStream(
                found, query, way.isSorted() ? null : orderBy, skip, limit, batchSize, fields);
        }
    }

    /** Texts of an index from one to another; null: to the end. */
    private record Span(String from, String to) {}

    /** How an index answers a search: which spans of it, whether they come in the order that is wanted. */
    private record Way(SortedIndex index, List<Span> spans, int fields, boolean isExact, boolean isSorted,
            boolean isReverse) {
        int worth() {
            return (isExact ? 1_000 : 0) + 10 * fields + (isSorted ? 5 : 0);
        }

        Stream<Object> positions() {
            return spans.stream().flatMap(span -> index.positions(span, isReverse));
        }
    }

    /**
     * An index whose entries stand in the order of their values, as texts. One that is not unique has the id as its
     * last field, and costs nothing until the first search that can use it: then it is made, and kept from there on.
     */
    private static final class SortedIndex extends AbstractUniqueIndex<Object> {
        private static final String AWAKE = "";
        private static final String FIRST = "0";
        private final MVMap<String, Object> map;
        private final boolean isUnique;

        SortedIndex(MVMap<String, Object> map, String name, List<IndexKey> keys, boolean sparse, boolean unique) {
            super(name, keys, sparse);
            this.map = map;
            this.isUnique = unique;
        }

        private boolean isAwake() {
            return isUnique || map.containsKey(AWAKE);
        }

        void wake(Supplier<Stream<DocumentWithPosition<Object>>> all, MongoCollection<Object> collection) {
            if (!isAwake()) {
                map.put(AWAKE, AWAKE);
                all.get().forEach(each -> add(each.getDocument(), each.getPosition(), collection));
            }
        }

        /** Null: this index does not know all documents that could match. */
        Way way(Document query, Document orderBy) {
            List<String> prefixes = List.of("");
            List<Span> spans = List.of(new Span(FIRST, null));
            int fields = 0;
            int fixed = 0;
            for (String key : keys()) {
                List<Span> narrower = query.containsKey(key) ? Text.spans(prefixes, query.get(key), isSparse()) : null;
                if (narrower == null) {
                    break;
                }
                spans = narrower;
                fields++;
                if (!spans.stream().allMatch(Text::isOneValue)) {
                    break;
                }
                prefixes = spans.stream().map(Span::from).toList();
                fixed += prefixes.size() == 1 ? 1 : 0;
            }
            if (isSparse() && fields == 0) {
                return null;
            }
            int order = spans.size() == 1 || fields == 0 ? order(orderBy, fixed) : 0;
            return new Way(this, spans, fields, isUnique && fixed == keys().size(), order != 0, order < 0);
        }

        /** 1: the entries behind so many fixed fields come in this order; -1: backward; 0: they do not. */
        private int order(Document orderBy, int fixed) {
            List<String> wanted = orderBy == null ? List.of() : new ArrayList<>(orderBy.keySet());
            List<String> settled = keys().subList(0, fixed);
            wanted = wanted.stream().filter(key -> !settled.contains(key)).toList();
            List<String> ours = keys().subList(fixed, keys().size());
            if (wanted.isEmpty()) {
                return 1;
            }
            if (wanted.size() > ours.size() || !ours.subList(0, wanted.size()).equals(wanted)) {
                return 0;
            }
            List<Integer> signs = wanted.stream()
                .map(key -> ((Number) orderBy.get(key)).intValue()).distinct().toList();
            return signs.size() == 1 ? signs.get(0) : 0;
        }

        Stream<Object> positions(Span span, boolean isReverse) {
            Cursor<String, Object> cursor = isReverse
                ? map.cursor(span.to(), span.from(), true)
                : map.cursor(span.from(), span.to(), false);
            Iterator<Object> found = new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return cursor.hasNext();
                }

                @Override
                public Object next() {
                    cursor.next();
                    return cursor.getValue();
                }
            };
            return StreamSupport.stream(Spliterators.spliteratorUnknownSize(found, 0), false);
        }

        @Override
        public boolean canHandle(Document query) {
            return false; // searches are answered by ways
        }

        @Override
        protected Object removeDocument(KeyValue key) {
            return isAwake() ? map.remove(Text.of(key)) : null;
        }

        @Override
        protected boolean putKeyPosition(KeyValue key, Object position) {
            return !isAwake() || map.putIfAbsent(Text.of(key), Missing.ofNullable(position)) == null;
        }

        @Override
        protected Iterable<Entry<KeyValue, Object>> getIterable() {
            throw new UnsupportedOperationException("only the library's own searches ask for this");
        }

        @Override
        protected Object getPosition(KeyValue key) {
            return isAwake() ? map.get(Text.of(key)) : null;
        }

        @Override
        public synchronized void checkAdd(Document document, MongoCollection<Object> collection) {
            if (isUnique) {
                super.checkAdd(document, collection);
            }
        }

        @Override
        public synchronized void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
            if (isUnique) {
                super.checkUpdate(before, after, collection);
            }
        }

        @Override
        public boolean isUnique() {
            return isUnique;
        }

        @Override
        public long getCount() {
            return map.sizeAsLong();
        }

        @Override
        public boolean isEmpty() {
            return isAwake() && map.isEmpty();
        }

        @Override
        public long getDataSize() {
            return getCount();
        }
    }

    /** Values as texts that sort as the values do; one of several fields ends before the next begins. */
    private static final class Text {
        private static final char END = 0;
        private static final char ESCAPE = 1;
        private static final BigDecimal LEAST = BigDecimal.TEN.pow(20);

        static String of(KeyValue key) {
            return key.stream().map(Text::of).collect(Collectors.joining());
        }

        private static String of(Object value) {
            return body(value) + END;
        }

        /** One letter for the kind, then what sorts within it. */
        private static String body(Object value) {
            if (Missing.isNullOrMissing(value)) {
                return "0";
            }
            if (value instanceof Number) {
                return "1" + number(new BigDecimal(value.toString()));
            }
            return value instanceof String ? "2" + letters((String) value) : "9" + value.getClass() + value;
        }

        private static String number(BigDecimal number) {
            BigDecimal shifted = number.add(LEAST);
            BigDecimal rest = shifted.remainder(BigDecimal.ONE).stripTrailingZeros();
            return String.format("%21s", shifted.toBigInteger()) + rest.toPlainString();
        }

        /** By code points, as the server compares, which is the order of the bytes in UTF-8. */
        private static String letters(String text) {
            String bytes = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            return bytes.indexOf(END) < 0 && bytes.indexOf(ESCAPE) < 0
                ? bytes
                : bytes.replace("\u0001", "\u0001\u0002").replace("\u0000", "\u0001\u0001");
        }

        /** What a search asks of one field, behind each of these prefixes. Null: an index cannot say. */
        static List<Span> spans(List<String> prefixes, Object asked, boolean isSparse) {
            if (isPlain(asked)) {
                boolean isKnown = !isSparse || !Missing.isNullOrMissing(asked);
                return isKnown ? values(prefixes, List.of(Missing.ofNullable(asked))) : null;
            }
            Document operators = asked instanceof Document ? (Document) asked : new Document();
            Object one = operators.get("$in");
            if (operators.size() == 1 && one instanceof Collection) {
                Collection<?> values = (Collection<?>) one;
                boolean isEachKnown = values.stream().allMatch(value -> isPlain(value) && !(isSparse && value == null));
                return isEachKnown ? values(prefixes, values) : null;
            }
            boolean isRange = !operators.isEmpty() && RANGES.containsAll(operators.keySet())
                && operators.values().stream().allMatch(value -> value instanceof Number || value instanceof String)
                && operators.values().stream().map(value -> body(value).charAt(0)).distinct().count() == 1;
            return isRange ? prefixes.stream().map(prefix -> range(prefix, operators)).toList() : null;
        }

        static boolean isOneValue(Span span) {
            return span.to() != null && span.to().equals(span.from().substring(0, span.from().length() - 1) + ESCAPE);
        }

        private static boolean isPlain(Object value) {
            return Missing.isNullOrMissing(value) || value instanceof Number || value instanceof String;
        }

        private static List<Span> values(List<String> prefixes, Collection<?> values) {
            List<String> texts = values.stream().map(Text::body).distinct().sorted().toList();
            return prefixes.stream()
                .flatMap(prefix -> texts.stream().map(text -> new Span(prefix + text + END, prefix + text + ESCAPE)))
                .toList();
        }

        private static Span range(String prefix, Document operators) {
            char kind = body(operators.values().iterator().next()).charAt(0);
            String from = prefix + kind;
            String to = prefix + (char) (kind + 1);
            for (Entry<String, Object> each : operators.entrySet()) {
                String text = prefix + body(each.getValue());
                switch (each.getKey()) {
                    case "$gt" -> from = max(from, text + ESCAPE);
                    case "$gte" -> from = max(from, text + END);
                    case "$lt" -> to = min(to, text + END);
                    default -> to = min(to, text + ESCAPE);
                }
            }
            return new Span(from, to);
        }

        private static String max(String one, String other) {
            return one.compareTo(other) < 0 ? other : one;
        }

        private static String min(String one, String other) {
            return one.compareTo(other) < 0 ? one : other;
        }
    }

    private static final Set<String> RANGES = Set.of("$gt", "$gte", "$lt", "$lte");

    /** Documents as BSON: a third of the bytes and of the work that Java's own way to write objects takes. */
    private static final class Bson extends BasicDataType<Document> {
        static final Bson TYPE = new Bson();

        @Override
        public int getMemory(Document document) {
            return bytes(document).length;
        }

        @Override
        public boolean isMemoryEstimationAllowed() {
            return true;
        }

        @Override
        public void write(WriteBuffer out, Document document) {
            byte[] bytes = bytes(document);
            out.putVarInt(bytes.length).put(bytes);
        }

        @Override
        public Document read(ByteBuffer in) {
            byte[] bytes = new byte[DataUtils.readVarInt(in)];
            in.get(bytes);
            return BsonDecoder.decodeBson(Unpooled.wrappedBuffer(bytes));
        }

        @Override
        public Document[] createStorage(int size) {
            return new Document[size];
        }

        private static byte[] bytes(Document document) {
            ByteBuf buffer = Unpooled.buffer();
            BsonEncoder.encodeDocument(document, buffer);
            byte[] bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes);
            return bytes;
        }
    }

    private static final class IndexedDatabase extends H2Database {
        IndexedDatabase(String name, MVStore store, CursorRegistry cursors) {
            super(name, store, cursors);
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys,
                boolean sparse) {
            return new SortedIndex(indexMap(collection, name), name, keys, sparse, true);
        }

        @Override
        protected Index<Object> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys,
                boolean sparse) {
            if (sparse) {
                return super.openOrCreateSecondaryIndex(collection, name, keys, sparse);
            }
            List<IndexKey> withId = new ArrayList<>(keys);
            if (keys.stream().noneMatch(key -> key.getKey().equals("_id"))) {
                withId.add(new IndexKey("_id", true));
            }
            return new SortedIndex(indexMap(collection, name), name, withId, false, false);
        }

        private MVMap<String, Object> indexMap(String collection, String name) {
            String map = getFullCollectionNamespace(collection) + "._index_" + name;
            return store().openMap(map, new MVMap.Builder<String, Object>().keyType(StringDataType.INSTANCE));
        }

        @Override
        protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
            String full = getFullCollectionNamespace(name);
            MVMap<Object, Document> data = store().openMap(
                "databases." + full, new MVMap.Builder<Object, Document>().valueType(Bson.TYPE));
            return new IndexedCollection(this, name, options, data, store().openMap("meta." + full), cursorRegistry);
        }

        /** The super constructor opens what is in the file before a field of ours could be set. */
        private static MVStore store() {
            return STORE.get();
        }
    }

    private static final AtomicReference<MVStore> STORE = new AtomicReference<>();

    /** What an older launcher wrote in Java's own way becomes BSON; its indexes are made anew. */
    private static void bringUpToDate(MVStore store) {
        MVMap<String, String> formats = store.openMap("format");
        if (formats.putIfAbsent("documents", "bson") != null) {
            return;
        }
        for (String name : List.copyOf(store.getMapNames())) {
            if (name.contains("._index_")) {
                store.removeMap(name);
            } else if (name.startsWith("databases.")) {
                MVMap<Object, Document> old = store.openMap(name);
                Map<Object, Document> documents = new LinkedHashMap<>(old);
                store.removeMap(old);
                store.openMap(name, new MVMap.Builder<Object, Document>().valueType(Bson.TYPE)).putAll(documents);
            }
        }
        store.commit();
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        String file = arguments[1];
        if (Files.exists(Path.of(file))) {
            MVStoreTool.compactCleanUp(file); // finishes or forgets a compaction that was killed
            MVStoreTool.compact(file, false); // the file only grows while it is in use
        }
        MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(0).open();
        store.setRetentionTime(0); // what the newest version does not need may be overwritten at once
        store.setVersionsToKeep(0);
        STORE.set(store);
        bringUpToDate(store);
        MongoServer server = new MongoServer(new Durable(store).version(Version.FIVE));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", port);
        System.err.println("listening on 127.0.0.1:" + port);
    }
}
