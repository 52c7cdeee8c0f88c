import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map.Entry;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;

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

        private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
        private final AtomicLong finished = new AtomicLong();
        private long committed; // this and the next are guarded by the write side of the gate
        private int commitsSinceTidying;

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
            if (commitsSinceTidying >= COMMITS_BETWEEN_TIDYING) {
                commitsSinceTidying = 0;
                getMvStore().compact(LEAST_FILL_PERCENT, TIDIED_AT_ONCE_BYTES);
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
     * The library takes an index only when a search names its fields and nothing else: a compare-and-set by id and
     * version would read the whole collection. Here an index narrows a search whose fields include its own.
     */
    private static final class IndexedCollection extends H2Collection {
        private final List<Index<Object>> indexes = new ArrayList<>();

        IndexedCollection(MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> data,
                MVMap<String, Object> meta, CursorRegistry cursors) {
            super(database, name, options, data, meta, cursors);
        }

        @Override
        public synchronized void addIndex(Index<Object> index) {
            super.addIndex(index);
            indexes.removeIf(known -> known.getName().equals(index.getName()));
            indexes.add(index);
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
            Iterable<Object> narrowed = narrowed(query);
            return narrowed == null
                ? super.queryDocuments(query, orderBy, skip, limit, batchSize, fields)
                : matchDocuments(query, narrowed, orderBy, skip, limit, batchSize, fields);
        }

        /** A sparse index knows nothing of documents without the field. */
        private static boolean asksForNothing(Document part) {
            return part.values().stream().anyMatch(asked -> asked == null
                || asked instanceof Document && ((Document) asked).get("$in") instanceof Collection
                    && ((Collection<?>) ((Document) asked).get("$in")).stream().anyMatch(Objects::isNull));
        }

        private Iterable<Object> narrowed(Document query) {
            for (Index<Object> index : indexes) {
                Document part = new Document();
                index.getKeys().stream().map(IndexKey::getKey).filter(query::containsKey)
                    .forEach(key -> part.put(key, query.get(key)));
                if (part.size() == index.getKeys().size() && !asksForNothing(part) && index.canHandle(part)) {
                    return index.getPositions(part);
                }
                if (index instanceof ListedIndex && ((ListedIndex) index).hasAll(part)) {
                    return ((ListedIndex) index).positions();
                }
            }
            return null;
        }
    }

    /** A unique index that can say which documents are in it: for a sparse one, all that have the field. */
    private static final class ListedIndex extends AbstractUniqueIndex<Object> {
        private final MVMap<KeyValue, Object> map;

        ListedIndex(MVMap<KeyValue, Object> map, String name, List<IndexKey> keys, boolean sparse) {
            super(name, keys, sparse);
            this.map = map;
        }

        /** True when every document that a range over this one field can match is in the index. */
        boolean hasAll(Document part) {
            Object asked = getKeys().size() == 1 ? part.get(getKeys().get(0).getKey()) : null;
            return isSparse() && asked instanceof Document && RANGES.containsAll(((Document) asked).keySet())
                && !((Document) asked).containsValue(null);
        }

        List<Object> positions() {
            return new ArrayList<>(map.values());
        }

        @Override
        protected Object removeDocument(KeyValue key) {
            return map.remove(key);
        }

        @Override
        protected boolean putKeyPosition(KeyValue key, Object position) {
            return map.putIfAbsent(key, Missing.ofNullable(position)) == null;
        }

        @Override
        protected Iterable<Entry<KeyValue, Object>> getIterable() {
            return map.entrySet();
        }

        @Override
        protected Object getPosition(KeyValue key) {
            return map.get(key);
        }

        @Override
        public long getCount() {
            return map.sizeAsLong();
        }

        @Override
        public boolean isEmpty() {
            return map.isEmpty();
        }

        @Override
        public long getDataSize() {
            return getCount();
        }
    }

    private static final Set<String> RANGES = Set.of("$gt", "$gte", "$lt", "$lte");

    private static final class IndexedDatabase extends H2Database {
        IndexedDatabase(String name, MVStore store, CursorRegistry cursors) {
            super(name, store, cursors);
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys,
                boolean sparse) {
            String map = getFullCollectionNamespace(collection) + "._index_" + name;
            return new ListedIndex(store().openMap(map), name, keys, sparse);
        }

        @Override
        protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
            String full = getFullCollectionNamespace(name);
            MVMap<Object, Document> data = store().openMap("databases." + full);
            return new IndexedCollection(this, name, options, data, store().openMap("meta." + full), cursorRegistry);
        }

        /** The super constructor opens what is in the file before a field of ours could be set. */
        private static MVStore store() {
            return STORE.get();
        }
    }

    private static final AtomicReference<MVStore> STORE = new AtomicReference<>();

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
        MongoServer server = new MongoServer(new Durable(store).version(Version.FIVE));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", port);
        System.err.println("listening on 127.0.0.1:" + port);
    }
}
