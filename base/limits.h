/*
 * Every ceiling of the program, one line each, with what it protects and the status returned when it is
 * hit. Those marked (config) are defaults that an option can change; the others are hard.
 */
#ifndef OC_BASE_LIMITS_H
#define OC_BASE_LIMITS_H

#define OC_KIB(n) ((size_t)(n) << 10)
#define OC_MIB(n) ((size_t)(n) << 20)
#define OC_GIB(n) ((size_t)(n) << 30)

/* HTTP */
#define LIM_BODY_BYTES OC_MIB(32)     /* (config) one request's body; OC_E_BODY_TOO_LARGE               */
#define LIM_BODY_INFLIGHT OC_MIB(512) /* (config) bodies of all connections together; OC_E_BUSY         */
#define LIM_BODY_SECONDS 30           /* (config) from first header to last body byte; OC_E_BODY_TIMEOUT */
#define LIM_HEADER_SECONDS 15         /* (config) silent connections are closed                         */
#define LIM_CONN_MEMORY OC_KIB(128)   /* libmicrohttpd's pool a connection: headers, read buffer        */
#define LIM_CONN_PER_ADDRESS 100      /* (config) connections from one address; refused at accept       */
#define LIM_DRAIN_BYTES OC_MIB(64)    /* body bytes read and thrown away after an early error           */
#define LIM_QUEUE_PER_WORKER 4        /* (config) default queue length = this x workers, at least 16; OC_E_BUSY */
#define LIM_QUEUE_MIN 16
#define LIM_DEADLINE_MS 30000           /* (config) a request's whole time; OC_E_DEADLINE                 */
#define LIM_DRAIN_MS 10000              /* (config) graceful stop: time for accepted requests to finish   */
#define LIM_REQUEST_ID 128              /* bytes of a client's x-request-id that are kept                 */
#define LIM_RESPONSE_BYTES OC_MIB(256)  /* one response; OC_E_INTERNAL                                    */
#define LIM_PARTS 2200                  /* parts of a multipart body; OC_E_INVALID                        */
#define LIM_PART_NAME 64                /* bytes of a part's name                                         */
#define LIM_PART_HEADERS OC_KIB(4)      /* header bytes of one part                                       */
#define LIM_FIELD_BYTES OC_KIB(64)      /* a form or query value that is not an image                     */
#define LIM_WARNINGS 16                 /* sentences beside one answer; further ones are left out */
#define LIM_ASKED 64                    /* names of parameters that one route knows */
#define LIM_INFLATE_RATIO ((size_t)400) /* a packed body may grow so many times, past the first bytes; OC_E_BODY_TOO_LARGE */
#define LIM_INFLATE_FREE OC_MIB(1)      /* those */
#define LIM_QUERY_FIELDS 256            /* parameters in a query; OC_E_INVALID */
#define LIM_REQUEST_ARENA OC_MIB(256)   /* what one request may take from its arena; OC_E_NOMEM */
#define LIM_CONNECTIONS 4096            /* (config) open at a time; the longest idle one makes room for a new one */
#define LIM_SPARE_DESCRIPTORS 128       /* beside connections: models, log, libraries */
#define LIM_ANSWER_SECONDS 30           /* (config) without a byte of an answer being taken; then the connection is closed */
#define LIM_CONFIG_FILE OC_MIB(1)       /* the configuration file */
#define LIM_METRICS_MODELS 256          /* models with counters of their own in /metrics */
#define LIM_API_KEY 1024                /* bytes of an API key; OC_E_INVALID at start */
#define LIM_API_KEYS 1000               /* API keys, from options and from the file each */
#define LIM_FETCH_MS 10000              /* fetching one picture by URL; OC_E_INVALID */

#define LIM_PULL_FILE OC_GIB(16) /* one downloaded file of a model */
#define LIM_PULL_FILES 64        /* files of one model in the catalogue; OC_E_INVALID */
#define LIM_PULL_MODELS 1000     /* models in the catalogue; OC_E_INVALID */

/* Requests */
#define LIM_JSON_DEPTH 32 /* nesting of a request's JSON; OC_E_JSON                         */
#define LIM_IMAGES 64     /* (config) images in one request; OC_E_INVALID                   */
#define LIM_TEXTS 2048    /* (config) texts in one request; OC_E_INVALID                    */

/* Pictures */
#define LIM_PIXELS (64u * 1000u * 1000u) /* (config) width x height, checked from the header; OC_E_IMAGE_TOO_LARGE */
#define LIM_SIDE 32768                   /* either side; OC_E_IMAGE_TOO_LARGE                              */
#define LIM_JPEG_SCANS 100               /* scans of a progressive JPEG; OC_E_IMAGE (libjpeg-turbo's fuzzers use 50 to 100) */
#define LIM_JPEG_MEMORY OC_MIB(768)      /* libjpeg's own memory: coefficients of a 64 MP progressive file */
#define LIM_JPEG_WARNINGS 1000           /* corrupt-data warnings before a JPEG is refused                 */
#define LIM_PNG_CHUNK OC_MIB(8)          /* one ancillary PNG chunk                                        */
#define LIM_PNG_TEXT OC_KIB(64)          /* of a text chunk that may say how a PNG is turned: its beginning   */
#define LIM_PNG_CHUNKS 1000              /* ancillary PNG chunks kept                                      */

/* Detection */
#define LIM_CANDIDATES 30000 /* boxes that go into NMS, best first (Ultralytics max_nms)       */
#define LIM_TILES 512        /* windows of one picture that are looked at; OC_E_INVALID         */
#define LIM_SCALES 8         /* sizes at which one picture is looked at; OC_E_INVALID           */
#define LIM_DETECTIONS 3000  /* most `max_detections` may ask for; OC_E_INVALID                */

/* Faces */
#define LIM_FACES 1000      /* faces of one picture that are turned into vectors; OC_E_INVALID      */
#define LIM_FACE_BATCH 64   /* faces a run of a network that fixes their number; others are not its  */
#define LIM_VECTOR_DIM 8192 /* numbers of a vector that a client sends; OC_E_INVALID                  */
#define LIM_FACE_PAIRS 100  /* faces of each picture that are compared with each of the other's; OC_E_INVALID */

/* Gallery */
#define LIM_SUBJECT_NAME 256           /* bytes of a subject's name; OC_E_INVALID                          */
#define LIM_GALLERY_FACES 1000000      /* (config) faces of a gallery; OC_E_STORAGE_FULL                   */
#define LIM_GALLERY_PAGE 1000          /* subjects or faces in one answer; OC_E_INVALID                    */
#define LIM_GALLERY_TOP 100            /* subjects that identify may list for a face; OC_E_INVALID         */
#define LIM_GALLERY_BATCH 256          /* changes that share a commit; others wait for the next            */
#define LIM_GALLERY_BUSY_MS 3000       /* waiting for another program's lock on the file; OC_E_STORAGE     */
#define LIM_GALLERY_HEAP OC_MIB(32)    /* from here on SQLite gives cached pages back                      */
#define LIM_GALLERY_PICTURE OC_MIB(32) /* a picture that is kept for its face                             */
#define LIM_GALLERY_LINE OC_MIB(64)    /* one line of an import; OC_E_INVALID                              */

/* Metrics */
#define LIM_METRIC_CLASSES 4096         /* classes of a confusion matrix, which is as wide as high; OC_E_INVALID */
#define LIM_METRIC_PAIRS 1000           /* pairs of maps in one request; OC_E_INVALID                            */
#define LIM_METRIC_OBJECTS 1000000      /* true objects, or found ones, of one request; OC_E_INVALID                */
#define LIM_METRIC_MOST 1000            /* objects of one class and picture that count; OC_E_INVALID                */
#define LIM_METRIC_SESSIONS 64          /* (config) sessions that add up pairs, at a time; OC_E_BUSY, as past 256 MiB in all */
#define LIM_METRIC_SESSION_SECONDS 3600 /* (config) such a session's time after its last use */

/* Model files */
#define LIM_MODEL_FILE OC_GIB(2)     /* .onnx file: a protobuf message cannot be larger; OC_E_MODEL    */
#define LIM_MODEL_EXTERNAL OC_GIB(8) /* external data of one model                                     */
#define LIM_MODEL_NODES 20000
#define LIM_MODEL_INITIALIZERS 50000
#define LIM_MODEL_IO 1024     /* inputs, or outputs, of a model (initializers not counted)      */
#define LIM_MODEL_OPSETS 256  /* imported operator sets                                         */
#define LIM_MODEL_META 4096   /* entries of metadata                                            */
#define LIM_FACTS_SCALARS 256 /* weights of one number that recognition looks at               */
#define LIM_NODE_INPUTS 512   /* inputs, or outputs, of one node                                */
#define LIM_NODE_ATTRIBUTES 64
#define LIM_ATTRIBUTE_VALUES (1u << 20) /* ints or floats of one attribute                                */
#define LIM_TENSOR_RANK 8
#define LIM_TENSOR_BYTES OC_GIB(2)         /* one tensor, initializer or computed                            */
#define LIM_WINDOW 0x7fffffffLL            /* kernel, stride, dilation, padding, spatial size of a sliding window; OC_E_MODEL */
#define LIM_EINSUM_WORK ((int64_t)1 << 40) /* multiplications of one Einsum; OC_E_MODEL                       */
#define LIM_MODEL_NAME OC_KIB(4)           /* a name inside a model                                          */
#define LIM_MODEL_STRING OC_MIB(1)         /* any other string inside a model                                */
#define LIM_MODEL_DEPTH 16                 /* nested protobuf messages                                       */
#define LIM_GRAPH_BYTES OC_MIB(256)        /* names, nodes and attributes of one graph; OC_E_MODEL           */
#define LIM_GRAPH_VALUES (1 << 18)         /* values of one graph                                            */
#define LIM_GRAPH_EDGES (1 << 18)          /* inputs and outputs of all nodes of a file together             */
#define LIM_GRAPH_DEPTH 4                  /* nested graphs                                                  */
#define LIM_FOLD_BYTES OC_MIB(64)          /* constant folding, one node's output                            */
#define LIM_FOLD_TOTAL OC_MIB(512)         /* constant folding, whole model                                  */
#define LIM_SESSION_BYTES OC_GIB(4)        /* (config) one session's arena; OC_E_MODEL                       */
#define LIM_PLANS 6                        /* plans kept for one model, by input shape                       */
#define LIM_HOST_INPUT 4096                /* elements of an input whose values decide shapes; OC_E_UNSUPPORTED */
#define LIM_MODELS 1000                    /* models found in the model directories                          */
#define LIM_SCAN_DEPTH 6                   /* nesting of model directories                                   */
#define LIM_MODEL_JSON OC_MIB(1)           /* a model.json, labels or names file                             */
#define LIM_LABELS 20000                   /* class names of one model                                       */

/* Parsing of requests, and descriptions of models */
#define LIM_JSON_VALUES 500000       /* values in a request's JSON; OC_E_JSON                          */
#define LIM_JSON_VALUES_MOST 4000000 /* the same where data sets are compared                          */
#define LIM_SCAN_DIRECTORIES 10000   /* folders looked into in one scan                                */
#define LIM_MODEL_ID 200             /* bytes of a model's name in the API                             */
#define LIM_LABEL_BYTES 256          /* one class name                                                 */
#define LIM_MATCH_PAIRS 4096         /* pictures times texts of a request that is matched pair by pair */
#define LIM_TEMPLATE_BYTES 4096      /* a template of prompts                                          */
#define LIM_STRIDES 8                /* levels of a detector's head                                    */
#define LIM_HEAD_OUTPUTS 24          /* outputs a detector's head may have                             */
#define LIM_CONTEXT 8192             /* ids in one text that a network reads                           */
#define LIM_VECTOR 65536             /* numbers of one embedding                                       */
#define LIM_BATCH 64                 /* pictures or texts in one run, where a file fixes that          */
#define LIM_NETWORK_SIDE 4096        /* side of a network's input that a model.json may ask for        */

/* Embeddings */
#define LIM_DECODED_PICTURES 8       /* pictures of one request that are decoded before their model runs */
#define LIM_DECODED_BYTES OC_MIB(64) /* the same in bytes: the picture that passes it is the last of its chunk */

/* Texts */
#define LIM_TEXT_BYTES OC_MIB(1)      /* one text; OC_E_BODY_TOO_LARGE in a request, OC_E_INVALID from the tokenizer */
#define LIM_TOKENIZER_FILE OC_MIB(64) /* tokenizer.json and its older forms; OC_E_MODEL */
#define LIM_VOCABULARY (1 << 20)      /* tokens of a vocabulary; OC_E_MODEL */
#define LIM_MERGES (1 << 22)          /* rules of a byte pair encoding; OC_E_MODEL */
#define LIM_TOKEN_BYTES 1024          /* one token of a vocabulary; OC_E_MODEL */
#define LIM_TEXT_WORK OC_MIB(64)      /* a text while it is normalised; OC_E_INVALID */
#define LIM_REGEX_MS 3000             /* one expression over one text; OC_E_INVALID */
#define LIM_TEXT_CACHE OC_MIB(16)     /* (config) text vectors a model keeps */

/* Memory */
#define LIM_ARENA_PAGE OC_KIB(16)
#define LIM_ARENA_KEEP OC_KIB(256) /* what a reset arena keeps                                       */
#define LIM_MEMORY_PERCENT 90      /* (config) process budget: this share of the cgroup's limit      */

#endif
