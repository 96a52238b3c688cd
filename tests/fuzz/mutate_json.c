/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutations of JSON as JSON: most changes of single bytes end at the JSON reader, and what lies
 * behind it would hardly be met. Linked with the targets whose input is JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define NODES_MAX  4096
#define STRING_MAX 512

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size,
                                 unsigned int seed);

/* A place in a document: an element of an array, or a member of an object. */
typedef struct {
    json_t *holder;
    json_t *value;
    const char *key; /* NULL in an array */
    size_t index;
} place_t;

typedef struct {
    place_t places[NODES_MAX];
    size_t n;
    unsigned int state;
} mutation_t;

static unsigned int draw(mutation_t *m, unsigned int below)
{
    m->state = m->state * 1103515245 + 12345;
    return (m->state >> 16) % below;
}

static void collect(mutation_t *m, json_t *holder)
{
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(holder, key, value)
    {
        if (m->n < NODES_MAX) {
            m->places[m->n++] = (place_t) { holder, value, key, 0 };
            collect(m, value);
        }
    }
    json_array_foreach(holder, i, value)
    {
        if (m->n < NODES_MAX) {
            m->places[m->n++] = (place_t) { holder, value, NULL, i };
            collect(m, value);
        }
    }
}

/* Takes the reference to value. */
static void put(const place_t *at, json_t *value)
{
    if (at->key != NULL) {
        json_object_set_new(at->holder, at->key, value);
    }
    else {
        json_array_set_new(at->holder, at->index, value);
    }
}

static void take(const place_t *at)
{
    if (at->key != NULL) {
        json_object_del(at->holder, at->key);
    }
    else {
        json_array_remove(at->holder, at->index);
    }
}

/* A text with libFuzzer's own changes, which know the dictionary; NULL when it is no UTF-8. */
static json_t *changed_text(const char *text, size_t len)
{
    uint8_t bytes[STRING_MAX];

    len = len < STRING_MAX ? len : STRING_MAX;
    memcpy(bytes, text, len);
    len = LLVMFuzzerMutate(bytes, len, STRING_MAX);
    return json_stringn((const char *)bytes, len);
}

static json_t *odd_value(mutation_t *m)
{
    switch (draw(m, 12)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_false();
    case 3:
        return json_integer(draw(m, 3));
    case 4:
        return json_integer(-1);
    case 5:
        return json_real(1.5);
    case 6:
        return json_integer(INT64_MAX);
    case 7:
        return json_string("");
    case 8:
        return json_array();
    case 9:
        return json_string("true");
    case 10:
        return json_string(" ");
    default:
        return json_object();
    }
}

static void change_key(const place_t *at)
{
    json_t *key = at->key != NULL ? changed_text(at->key, strlen(at->key)) : NULL;

    if (key != NULL) {
        json_object_set(at->holder, json_string_value(key), at->value);
        json_object_del(at->holder, at->key);
    }
    json_decref(key);
}

static void change_value(mutation_t *m, const place_t *at)
{
    json_t *value = json_is_string(at->value)
                        ? changed_text(json_string_value(at->value), json_string_length(at->value))
                        : NULL;

    put(at, value != NULL ? value : odd_value(m));
}

/* Put a copy of one thing beside or inside another. */
static void graft(const place_t *at, const place_t *from)
{
    json_t *copy = json_deep_copy(from->value);

    if (json_is_array(at->value)) {
        json_array_append_new(at->value, copy);
    }
    else if (json_is_object(at->value) && from->key != NULL) {
        json_object_set_new(at->value, from->key, copy);
    }
    else if (json_is_array(at->holder)) {
        json_array_insert_new(at->holder, at->index, copy);
    }
    else {
        put(at, copy);
    }
}

static void mutate(mutation_t *m)
{
    const place_t *at = &m->places[draw(m, (unsigned int)m->n)];
    const place_t *from = &m->places[draw(m, (unsigned int)m->n)];

    switch (draw(m, 10)) {
    case 0:
        take(at);
        break;
    case 1:
        put(at, odd_value(m));
        break;
    case 2:
        put(at, json_deep_copy(from->value));
        break;
    case 3:
        put(at, json_pack("[o]", json_deep_copy(at->value)));
        break;
    case 4:
        change_key(at);
        break;
    case 5:
    case 6:
        graft(at, from);
        break;
    default:
        change_value(m, at);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    static mutation_t m;
    unsigned int times;
    json_t *input = json_loadb((const char *)data, size, 0, NULL);
    size_t written;

    m.state = seed;
    if (input == NULL || draw(&m, 16) == 0) {
        json_decref(input);
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (times = 1 + draw(&m, 3); times > 0; times--) {
        m.n = 0;
        collect(&m, input);
        if (m.n > 0) {
            mutate(&m);
        }
    }
    written = json_dumpb(input, (char *)data, max_size, JSON_COMPACT);
    json_decref(input);
    return written > 0 && written <= max_size ? written : LLVMFuzzerMutate(data, size, max_size);
}

/* A piece of another input: operations of one patch meet the document of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size,
                                 unsigned int seed)
{
    static mutation_t to, from;
    json_t *input = json_loadb((const char *)data, size, 0, NULL);
    json_t *giver = json_loadb((const char *)other, other_size, 0, NULL);
    size_t written = 0;

    to.state = from.state = seed;
    to.n = from.n = 0;
    collect(&to, input);
    collect(&from, giver);
    if (to.n > 0 && from.n > 0) {
        const place_t *at = &to.places[draw(&to, (unsigned int)to.n)];
        const place_t *piece = &from.places[draw(&from, (unsigned int)from.n)];

        if (draw(&to, 2) == 0) {
            put(at, json_deep_copy(piece->value));
        }
        else {
            graft(at, piece);
        }
        written = json_dumpb(input, (char *)out, max_size, JSON_COMPACT);
    }
    json_decref(input);
    json_decref(giver);
    return written <= max_size ? written : 0;
}
