using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace Helpdesk.Functions.Tests.Golden;

/// <summary>Makes a value in which every field has something, for the first golden file of a form.</summary>
internal static class Sample
{
    private static readonly DateTimeOffset Instant = new(2026, 3, 10, 9, 0, 0, TimeSpan.Zero);

    public static T Of<T>() => (T)Make(typeof(T), typeof(T).Name, 0)!;

    private static object? Make(Type type, string name, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return name.Length > 1 ? char.ToLowerInvariant(name[0]) + name[1..] : name;
        if (type == typeof(DateTimeOffset))
            return Instant;
        if (type == typeof(TimeSpan))
            return TimeSpan.FromMinutes(90);
        if (type == typeof(TimeOnly))
            return new TimeOnly(9, 30);
        if (type == typeof(DateOnly))
            return new DateOnly(2026, 3, 10);
        if (type == typeof(bool))
            return true;
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Last();
        if (type.IsPrimitive || type == typeof(decimal))
            return Convert.ChangeType(3, type, System.Globalization.CultureInfo.InvariantCulture);
        if (type == typeof(JsonElement))
            return JsonElement.Parse("""{"building":"7"}""");
        if (depth > 8 || type == typeof(object))
            return null;
        if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
            return Collection(type, name, depth);
        return type.IsAbstract || type.IsInterface ? null : Record(type, depth);
    }

    private static object? Collection(Type type, string name, int depth)
    {
        var arguments = type.GetGenericArguments();
        var made = arguments.Select(argument => Make(argument, name, depth + 1)).ToArray();
        if (made.Any(value => value is null))
            return null;
        if (arguments.Length == 2)
        {
            var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            map.Add(made[0]!, made[1]);
            return map;
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
        list.Add(made[0]);
        return type.IsAssignableFrom(list.GetType()) ? list : null;
    }

    private static object Record(Type type, int depth)
    {
        var constructor = type.GetConstructors().Where(one => !IsCopy(one, type)).MaxBy(one => one.GetParameters().Length);
        var value = constructor is null
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Make(parameter.ParameterType, parameter.Name!, depth + 1))]);
        var given = constructor?.GetParameters().Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(one => one.SetMethod is { IsPublic: true }))
        {
            if (!given.Contains(property.Name) && Make(property.PropertyType, property.Name, depth + 1) is { } made)
                property.SetValue(value, made);
        }

        return value;
    }

    private static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [var only] && only.ParameterType == type;
}
