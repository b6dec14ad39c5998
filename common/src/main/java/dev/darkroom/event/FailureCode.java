package dev.darkroom.event;

/** Why a job failed. Whether another attempt can help is a property of the code. */
public enum FailureCode {
    /** Not a job: undecodable bytes, or rules broken, all of them listed in the message. */
    INVALID_JOB(false),
    /** Another job, with other content, came first under this id. */
    DUPLICATE_ID(false),
    /** The catalogue has no such model. */
    UNKNOWN_MODEL(false),
    /** A size, scheduler or setting that this model cannot do. */
    UNSUPPORTED(false),
    /** The model's download or load failed. */
    MODEL_UNAVAILABLE(true),
    /** The device's memory was not enough. Retriable once, alone in the batch. */
    OUT_OF_MEMORY(true),
    /** The bucket cannot be reached: the finished pictures are kept and only the upload is tried again. */
    STORAGE_UNAVAILABLE(true),
    /** The inference runtime failed; or the model gave numbers that are not finite, which is not tried again. */
    INFERENCE_FAILED(true),
    /** Anything else; the detail is in the worker's log under an id that the message carries. */
    INTERNAL(true);

    private final boolean retriable;

    FailureCode(boolean retriable) {
        this.retriable = retriable;
    }

    public boolean retriable() {
        return retriable;
    }
}
