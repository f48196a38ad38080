namespace QuantFunctional.Processors

open System
open QuantFunctional.Onnx.Format
open QuantFunctional.Onnx.Model

/// A tensor of a network of square planes.
type Planes =
    {
        Name: string
        Channels: int
        /// The length of a plane's side.
        Side: int
    }

/// Puts a float network together, with weights that it draws.
type NetworkBuilder(random: Random) =
    let graph = GraphProto(Name = "network")

    /// About normal, by sums alone: no logarithm that another machine rounds in another way.
    let normal () : float32 =
        (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2f

    let named (operator: string) : string = $"{operator}{graph.Node.Count}"

    let value (name: string) (sizes: int list) : ValueInfoProto =
        let shape = TensorShapeProto()
        shape.Dim.Add(TensorShapeProto.Types.Dimension(DimParam = "samples"))

        for size in sizes do
            shape.Dim.Add(TensorShapeProto.Types.Dimension(DimValue = int64 size))

        let tensor =
            TypeProto.Types.Tensor(ElemType = int TensorProto.Types.DataType.Float, Shape = shape)

        ValueInfoProto(Name = name, Type = TypeProto(TensorType = tensor))

    /// Adds a node and gives the name of its output.
    let add (operator: string) (inputs: string list) (attributes: (string * int list) list) : string =
        let node = NodeProto(OpType = operator, Name = named operator)
        node.Input.AddRange inputs
        node.Output.Add $"{node.Name}.out"

        for name, values in attributes do
            NodeAttributes.SetInts(node, name, List.map int64 values)

        graph.Node.Add node
        node.Output[0]

    /// Draws a constant whose size suits sums of so many products.
    let constant (name: string) (sizes: int list) (products: int) : string =
        let size = 1f / MathF.Sqrt(float32 products)
        let values = Array.init (List.fold (*) 1 sizes) (fun _ -> size * normal ())
        graph.Initializer.Add(TensorData.Make(name, List.map int64 sizes, ReadOnlySpan values))
        name

    /// The network's input.
    member _.Input(channels: int, side: int) : Planes =
        graph.Input.Add(value "input" [ channels; side; side ])

        {
            Name = "input"
            Channels = channels
            Side = side
        }

    /// A convolution whose planes keep their sides at stride 1.
    member _.Convolve(from: Planes, channels: int, kernel: int, stride: int, groups: int) : Planes =
        let name = named "Conv"
        let products = from.Channels / groups * kernel * kernel
        let weights = [ channels; from.Channels / groups; kernel; kernel ]

        let output =
            add
                "Conv"
                [
                    from.Name
                    constant $"{name}.weights" weights products
                    constant $"{name}.bias" [ channels ] 10
                ]
                [
                    "kernel_shape", [ kernel; kernel ]
                    "strides", [ stride; stride ]
                    "pads", List.replicate 4 (kernel / 2)
                ]

        if groups > 1 then
            NodeAttributes.SetInt(graph.Node[graph.Node.Count - 1], "group", int64 groups)

        {
            Name = output
            Channels = channels
            Side = (from.Side - 1) / stride + 1
        }

    /// Moves or chooses elements: an operator with constants behind its data, attributes, and the planes that it leaves.
    member _.Move
        (operator: string, from: Planes, constants: TensorProto list, set: NodeProto -> unit, channels: int, side: int)
        : Planes =
        graph.Initializer.AddRange constants

        let output = add operator (from.Name :: (constants |> List.map _.Name)) []

        set graph.Node[graph.Node.Count - 1]

        {
            Name = output
            Channels = channels
            Side = side
        }

    /// An operator of one input that keeps its sizes.
    member _.Activate(operator: string, from: Planes) : Planes =
        { from with
            Name = add operator [ from.Name ] []
        }

    /// An Add or Mul of two tensors of the same sizes.
    member _.Join(operator: string, first: Planes, second: Planes) : Planes =
        { first with
            Name = add operator [ first.Name; second.Name ] []
        }

    /// The larger of two tensors of the same sizes, as a choice of each element.
    member _.Choose(first: Planes, second: Planes) : Planes =
        let isLarger = add "Greater" [ first.Name; second.Name ] []

        { first with
            Name = add "Where" [ isLarger; first.Name; second.Name ] []
        }

    /// A pool of 2×2 places.
    member _.Pool(operator: string, from: Planes) : Planes =
        { from with
            Name = add operator [ from.Name ] [ "kernel_shape", [ 2; 2 ]; "strides", [ 2; 2 ] ]
            Side = from.Side / 2
        }

    /// The whole model, with the planes themselves as its output.
    member _.End(from: Planes, opset: int64, irVersion: int64) : ModelProto =
        graph.Output.Add(value from.Name [ from.Channels; from.Side; from.Side ])
        let model = ModelProto(IrVersion = irVersion, Graph = graph)
        model.OpsetImport.Add(OperatorSetIdProto(Version = opset))
        model

    /// The whole model, with a product that makes classes of the planes' means.
    member _.Classify(from: Planes, classes: int) : ModelProto =
        let means = add "GlobalAveragePool" [ from.Name ] []
        let flat = add "Flatten" [ means ] []

        let output =
            add
                "Gemm"
                [
                    flat
                    constant "classes.weights" [ from.Channels; classes ] from.Channels
                    constant "classes.bias" [ classes ] 10
                ]
                []

        graph.Output.Add(value output [ classes ])
        let model = ModelProto(IrVersion = 8L, Graph = graph)
        model.OpsetImport.Add(OperatorSetIdProto(Version = 17L))
        model
