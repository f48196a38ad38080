namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Changes a protobuf document by its fields: numbers, names, types, lengths, and what is nested in what.</summary>
internal static class ProtoMutation
{
    private sealed record Place(List<ProtoField> Among, int Index)
    {
        internal ProtoField Field => Among[Index];
    }

    internal static byte[] Apply(byte[] bytes, Numbers numbers)
    {
        if (ProtoField.Parse(bytes) is not { Count: > 0 } document)
            return ByteMutation.Apply(bytes, numbers);
        var places = Places(document).ToList();
        Change(numbers.Of(places), places, numbers);
        return ProtoField.ToBytes(document);
    }

    private static IEnumerable<Place> Places(List<ProtoField> fields)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            yield return new Place(fields, i);
            foreach (var inner in fields[i].Fields is { } inside ? Places(inside) : [])
                yield return inner;
        }
    }

    private static void Change(Place place, List<Place> all, Numbers numbers)
    {
        var (field, among) = (place.Field, place.Among);
        switch (numbers.Below(12))
        {
            case 0:
                among.RemoveAt(place.Index);
                break;
            case 1:
                among.Insert(place.Index, field.Copy());
                break;
            case 2:
                among.InsertRange(place.Index, Enumerable.Range(0, 1 + numbers.Below(200)).Select(_ => field.Copy()));
                break;
            case 3:
                field.Key = (field.Key & 7) | ((uint)numbers.Below(30) << 3);
                break;
            case 4:
                field.Key = (field.Key & ~7u) | (uint)numbers.Below(8);
                break;
            case 5:
                field.Lie = (int)numbers.Of(ByteMutation.Turning);
                break;
            case 6:
                Nest(field, 1 + numbers.Below(numbers.OneIn(3) ? 300 : 5));
                break;
            case 7:
                // of the same kind, so that names and types are exchanged
                Take(field, numbers.Of(all.Where(other => other.Field.Key == field.Key).ToList()).Field);
                break;
            case 8:
                Take(field, numbers.Of(all.Where(other => (other.Field.Key & 7) == (field.Key & 7)).ToList()).Field);
                break;
            case 9:
                among.Add(numbers.Of(all).Field.Copy());
                break;
            default:
                field.Number = numbers.OneIn(3) ? (ulong)numbers.Below(30) : unchecked((ulong)numbers.Of(ByteMutation.Turning));
                field.Bytes = field.Fields is null ? ByteMutation.Apply(field.Bytes, numbers) : field.Bytes;
                break;
        }
    }

    private static void Take(ProtoField field, ProtoField other) =>
        (field.Number, field.Bytes, field.Fields) = (other.Number, other.Bytes, other.Copy().Fields);

    // the field inside itself, as graphs are in the attributes of nodes of graphs
    private static void Nest(ProtoField field, int times)
    {
        for (var i = 0; i < times && field.Fields is not null; i++)
        {
            var inner = new ProtoField { Key = field.Key, Fields = field.Fields };
            field.Fields = [inner];
        }
    }
}
