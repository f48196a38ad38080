namespace QuantFunctional.Cli

/// What an option says of how samples are fed, whatever the verb.
type SampleOption =
    | BatchAxis of string
    | Dimension of string
    | ImageSize of string
    | ImageScale of string
    | ImageMean of string
    | ImageStd of string
    | ImageOrder of string
    | ImageLayout of string
    | ImageResize of string
    | ImagePreset of string

/// The help of these options.
module SampleUsage =
    let batchAxis =
        "the axis, from 0, along which an input or output holds several samples, where it is not the first one, as of a "
        + "recurrent state; none for an input that has no such axis and is given once. May be repeated. Default: 0. "
        + "Example: --batch-axis state=1"

    let dimension =
        "the length of a free dimension of the model's inputs while samples run; of the batch, how many run at once. The model "
        + "that is written keeps it free. May be repeated. Default: as long as the samples. Example: --dim sequence=128"

    let imageSize =
        "the width and height that images are brought to, in pixels. Default: the model's own. Example: --image-size 224x224"

    let imageScale =
        "what each pixel, from 0 to 255, is multiplied with: the model is fed with (pixel * scale - mean) / std. "
        + "Default: 1. Example: --image-scale 1/255"

    let imageMean =
        "what is subtracted then: one number, or one each for red, green and blue. Default: 0. "
        + "Example: --image-mean 0.485,0.456,0.406"

    let imageStd =
        "what the difference is divided by: one number, or one each for red, green and blue. Default: 1. "
        + "Example: --image-std 0.229,0.224,0.225"

    let imageOrder =
        "the order of the channels: rgb or bgr. Default: rgb. Example: --image-order bgr"

    let imageLayout =
        "where the channels lie among the input's axes: nchw or nhwc. Default: as the input's shape shows. "
        + "Example: --image-layout nhwc"

    let imageResize =
        "what becomes of images of other proportions: stretch; crop, which cuts off what stands over the middle; or pad, which "
        + "puts black around. Default: stretch. Example: --image-resize crop"

    let imagePreset =
        "scale, mean and std by name: imagenet (1/255; 0.485,0.456,0.406; 0.229,0.224,0.225), tf (from -1 to 1) or raw (from 0 to "
        + "255). Default: raw, with a warning where nothing is said. Example: --image-preset imagenet"

    let savePixels =
        "write what the model is fed with of a folder of images into an .npz file, which gives the same plan on every machine, and "
        + "go on with that file. Default: it is not written. Example: --save-pixels photos.npz"

    let folder =
        "an .npz (or one array of it, FILE.npz:ARRAY) or .npy file, a folder of .npy files or of .npz files, or a folder of images (png, "
        + "jpeg, bmp, webp)"
