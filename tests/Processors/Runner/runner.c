/*
 * Runs models on the ONNX Runtime that it is linked with. Standard input lists the jobs, one command a line:
 *
 *     model PATH      feed PATH      result PATH      set KEY VALUE      run
 *
 * KEY is `threads`, `level` (0, 1, 2 or 99) or an entry of the session's configuration; `run` forgets the settings.
 * A feed and a result are tensors by sample, little-endian: the number of samples, then for each sample the number of
 * tensors, then for each tensor its ONNX element type, its rank (all of 32 bits), its sizes (of 64 bits) and its bytes.
 * A feed holds the inputs and a result the outputs, in the model's order. Standard output has one line for each job:
 * `done`, or `failed` and the reason.
 */
#include <onnxruntime_c_api.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 64, MOST_AXES = 16, MOST_SETTINGS = 16, LINE = 4096 };

static const OrtApi *api;
static OrtEnv *env;
static char reason[1024];

typedef struct {
    char model[LINE], feed[LINE], result[LINE];
    char keys[MOST_SETTINGS][128], values[MOST_SETTINGS][128];
    int settings;
} Job;

typedef struct {
    OrtSession *session;
    OrtMemoryInfo *memory;
    size_t inputs, outputs;
    char *input_names[MOST_TENSORS], *output_names[MOST_TENSORS];
} Opened;

static int failed(const char *what) {
    snprintf(reason, sizeof reason, "%s", what);
    for (char *c = reason; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    return 0;
}

/* True where a call of ONNX Runtime went well. */
static int well(OrtStatus *status) {
    if (!status)
        return 1;
    failed(api->GetErrorMessage(status));
    api->ReleaseStatus(status);
    return 0;
}

static size_t size_of(uint32_t type) {
    switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return 1;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: return 2;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32: return 4;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64: return 8;
    default: return 0;
    }
}

static int get(FILE *file, void *target, size_t bytes) {
    return fread(target, 1, bytes, file) == bytes || failed("the feed ends early");
}

static int put(FILE *file, const void *source, size_t bytes) {
    return fwrite(source, 1, bytes, file) == bytes || failed("the result cannot be written");
}

static int read_tensor(FILE *feed, OrtAllocator *allocator, OrtValue **value) {
    uint32_t head[2];
    int64_t sizes[MOST_AXES];
    size_t bytes;
    void *data;
    if (!get(feed, head, sizeof head))
        return 0;
    if (head[1] > MOST_AXES || !(bytes = size_of(head[0])))
        return failed("the feed holds a tensor of a type or rank that is not read");
    if (!get(feed, sizes, head[1] * sizeof *sizes))
        return 0;
    for (uint32_t axis = 0; axis < head[1]; axis++)
        bytes *= (size_t)sizes[axis];
    return well(api->CreateTensorAsOrtValue(allocator, sizes, head[1], (ONNXTensorElementDataType)head[0], value))
        && well(api->GetTensorMutableData(*value, &data)) && get(feed, data, bytes);
}

static int write_tensor(FILE *result, OrtValue *value) {
    OrtTensorTypeAndShapeInfo *info;
    ONNXTensorElementDataType type;
    int64_t sizes[MOST_AXES];
    size_t rank, count;
    void *data;
    if (!well(api->GetTensorTypeAndShape(value, &info)))
        return 0;
    int told = well(api->GetTensorElementType(info, &type)) && well(api->GetDimensionsCount(info, &rank))
        && (rank <= MOST_AXES || failed("an output has too many axes"))
        && well(api->GetDimensions(info, sizes, rank)) && well(api->GetTensorShapeElementCount(info, &count));
    api->ReleaseTensorTypeAndShapeInfo(info);
    if (!told || !well(api->GetTensorMutableData(value, &data)))
        return 0;
    uint32_t head[2] = {(uint32_t)type, (uint32_t)rank};
    if (!size_of(head[0]))
        return failed("an output has an element type that is not read");
    return put(result, head, sizeof head) && put(result, sizes, rank * sizeof *sizes)
        && put(result, data, count * size_of(head[0]));
}

static int run_sample(Opened *opened, OrtAllocator *allocator, FILE *feed, FILE *result) {
    OrtValue *inputs[MOST_TENSORS] = {0}, *outputs[MOST_TENSORS] = {0};
    uint32_t given, made = (uint32_t)opened->outputs;
    int well_done = get(feed, &given, sizeof given)
        && (given == opened->inputs || failed("the feed has another number of inputs than the model"));
    for (size_t i = 0; well_done && i < opened->inputs; i++)
        well_done = read_tensor(feed, allocator, &inputs[i]);
    well_done = well_done
        && well(api->Run(opened->session, NULL, (const char *const *)opened->input_names,
            (const OrtValue *const *)inputs, opened->inputs, (const char *const *)opened->output_names,
            opened->outputs, outputs))
        && put(result, &made, sizeof made);
    for (size_t i = 0; well_done && i < opened->outputs; i++)
        well_done = write_tensor(result, outputs[i]);
    for (size_t i = 0; i < MOST_TENSORS; i++) {
        if (inputs[i])
            api->ReleaseValue(inputs[i]);
        if (outputs[i])
            api->ReleaseValue(outputs[i]);
    }
    return well_done;
}

static int run_samples(Opened *opened, OrtAllocator *allocator, const Job *job) {
    FILE *feed = fopen(job->feed, "rb");
    if (!feed)
        return failed("the feed cannot be opened");
    FILE *result = fopen(job->result, "wb");
    uint32_t samples;
    int well_done = (result || failed("the result cannot be opened")) && get(feed, &samples, sizeof samples)
        && put(result, &samples, sizeof samples);
    for (uint32_t sample = 0; well_done && sample < samples; sample++)
        well_done = run_sample(opened, allocator, feed, result);
    fclose(feed);
    if (result && fclose(result) != 0 && well_done)
        well_done = failed("the result cannot be written");
    return well_done;
}

static int set_options(OrtSessionOptions *options, const Job *job) {
    int threads = 1, level = 99;
    for (int i = 0; i < job->settings; i++) {
        if (!strcmp(job->keys[i], "threads"))
            threads = atoi(job->values[i]);
        else if (!strcmp(job->keys[i], "level"))
            level = atoi(job->values[i]);
        else if (!well(api->AddSessionConfigEntry(options, job->keys[i], job->values[i])))
            return 0;
    }
    return well(api->SetIntraOpNumThreads(options, threads)) && well(api->SetInterOpNumThreads(options, 1))
        && well(api->SetSessionGraphOptimizationLevel(options, (GraphOptimizationLevel)level));
}

static int run_job(const Job *job) {
    OrtSessionOptions *options;
    OrtAllocator *allocator;
    Opened opened = {0};
    if (!well(api->GetAllocatorWithDefaultOptions(&allocator)) || !well(api->CreateSessionOptions(&options)))
        return 0;
    int well_done
        = set_options(options, job) && well(api->CreateSession(env, job->model, options, &opened.session));
    api->ReleaseSessionOptions(options);
    if (!well_done)
        return 0;
    well_done = well(api->SessionGetInputCount(opened.session, &opened.inputs))
        && well(api->SessionGetOutputCount(opened.session, &opened.outputs))
        && ((opened.inputs <= MOST_TENSORS && opened.outputs <= MOST_TENSORS) || failed("too many inputs or outputs"));
    for (size_t i = 0; well_done && i < opened.inputs; i++)
        well_done = well(api->SessionGetInputName(opened.session, i, allocator, &opened.input_names[i]));
    for (size_t i = 0; well_done && i < opened.outputs; i++)
        well_done = well(api->SessionGetOutputName(opened.session, i, allocator, &opened.output_names[i]));
    well_done = well_done && run_samples(&opened, allocator, job);
    for (size_t i = 0; i < MOST_TENSORS; i++) {
        if (opened.input_names[i])
            allocator->Free(allocator, opened.input_names[i]);
        if (opened.output_names[i])
            allocator->Free(allocator, opened.output_names[i]);
    }
    api->ReleaseSession(opened.session);
    return well_done;
}

static void obey(Job *job, char *line) {
    line[strcspn(line, "\n")] = 0;
    char *rest = strchr(line, ' ');
    if (rest)
        *rest++ = 0;
    if (!strcmp(line, "run")) {
        if (run_job(job))
            puts("done");
        else
            printf("failed %s\n", reason);
        fflush(stdout);
        job->settings = 0;
    } else if (rest && !strcmp(line, "model"))
        strcpy(job->model, rest);
    else if (rest && !strcmp(line, "feed"))
        strcpy(job->feed, rest);
    else if (rest && !strcmp(line, "result"))
        strcpy(job->result, rest);
    else if (rest && !strcmp(line, "set") && job->settings < MOST_SETTINGS
        && sscanf(rest, "%127s %127s", job->keys[job->settings], job->values[job->settings]) == 2)
        job->settings++;
    else {
        fprintf(stderr, "the command '%s' is not known\n", line);
        exit(2);
    }
}

int main(void) {
    static Job job;
    static char line[LINE];
    /* An older release knows the calls up to its own version, which has that number. */
    unsigned version = ORT_API_VERSION;
    sscanf(OrtGetApiBase()->GetVersionString(), "1.%u", &version);
    api = OrtGetApiBase()->GetApi(version < ORT_API_VERSION ? version : ORT_API_VERSION);
    if (!api || !well(api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "processors", &env))) {
        fprintf(stderr, "ONNX Runtime %s does not start here: %s\n", OrtGetApiBase()->GetVersionString(), reason);
        return 1;
    }
    while (fgets(line, sizeof line, stdin))
        obey(&job, line);
    api->ReleaseEnv(env);
    return 0;
}
