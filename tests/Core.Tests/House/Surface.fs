namespace QuantFunctional.Tests

open System
open System.Reflection
open System.Runtime.CompilerServices

/// What a library shows, one line for each type and member, in an order that does not depend on its files.
[<RequireQualifiedAccess>]
module Surface =

    let rec private name (shown: Type) : string =
        if shown.IsGenericParameter then
            $"'{shown.Name}"
        elif shown.IsByRef then
            $"{name (Option.get (Option.ofObj (shown.GetElementType())))}&"
        elif shown.IsArray then
            $"{name (Option.get (Option.ofObj (shown.GetElementType())))}[]"
        else
            let plain = $"{shown.Namespace}.{shown.Name}".Split('`')[0]

            let nested =
                shown.DeclaringType
                |> Option.ofObj
                |> Option.map (fun outer -> $"{name outer}+{shown.Name.Split('`')[0]}")

            let arguments = shown.GetGenericArguments() |> Array.map name |> String.concat ", "
            let own = Option.defaultValue plain nested
            if arguments = "" then own else $"{own}<{arguments}>"

    let private parameters (taken: ParameterInfo array) : string =
        taken
        |> Array.map (fun parameter ->
            let optional = if parameter.IsOptional then "?" else ""
            $"{optional}{parameter.Name}: {name parameter.ParameterType}")
        |> String.concat ", "

    let private isWritten (item: MemberInfo) =
        isNull (item.GetCustomAttribute<CompilerGeneratedAttribute>())

    let private lineOf (item: MemberInfo) : string option =
        match item with
        | :? ConstructorInfo as made -> Some $"new({parameters (made.GetParameters())})"
        | :? PropertyInfo as property ->
            let access = if property.CanWrite then "get, set" else "get"

            Some
                $"{property.Name}({parameters (property.GetIndexParameters())}): {name property.PropertyType} with {access}"
        | :? FieldInfo as field when field.IsLiteral -> Some $"{field.Name} = {field.GetRawConstantValue()}"
        | :? FieldInfo as field -> Some $"{field.Name}: {name field.FieldType}"
        | :? MethodInfo as called when called.IsSpecialName && not (called.Name.StartsWith "op_") -> None
        | :? MethodInfo as called when isWritten called ->
            let arguments = called.GetGenericArguments() |> Array.map name |> String.concat ", "
            let generic = if arguments = "" then "" else $"<{arguments}>"
            let kind = if called.IsStatic then "static " else ""
            Some $"{kind}{called.Name}{generic}({parameters (called.GetParameters())}): {name called.ReturnType}"
        | _ -> None

    let private members (shown: Type) : string array =
        let all =
            BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

        shown.GetMembers all |> Array.choose lineOf

    /// The lines of a library.
    let ofAssembly (library: Assembly) : string =
        library.GetExportedTypes()
        |> Array.collect (fun shown ->
            Array.append [| name shown |] (members shown |> Array.map (fun line -> $"{name shown}: {line}")))
        |> Array.distinct
        |> fun lines ->
            Array.Sort(lines, StringComparer.Ordinal)
            String.concat "\n" lines + "\n"
