/* The texts of the statements of db.h. Values are always bound: a name with SQL in it is a name. */
#include "base/compiler.h"
#include "gallery/db.h"

#define FACE_COLUMNS                                                                                                         \
    "SELECT s.name, f.uuid, f.created, f.x1, f.y1, f.x2, f.y2, f.score, f.quality, f.aligned, p.face IS NOT NULL, v.id, "    \
    "v.model IS g.model, m.name, m.fingerprint, m.dim, f.id FROM face f JOIN subject s ON s.id = f.subject JOIN gallery g "  \
    "LEFT JOIN vector v ON v.id = coalesce((SELECT id FROM vector WHERE face = f.id AND model = g.model), "                  \
    "(SELECT max(id) FROM vector WHERE face = f.id)) LEFT JOIN model m ON m.id = v.model LEFT JOIN picture p ON p.face = f.id "

static const char *const texts[OC_SQL_COUNT] = {
    /* NOLINTBEGIN(bugprone-suspicious-missing-comma): long statements stand on several lines */
    [OC_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [OC_SQL_BEGIN_READ] = "BEGIN",
    [OC_SQL_COMMIT] = "COMMIT",
    [OC_SQL_SAVEPOINT] = "SAVEPOINT change",
    [OC_SQL_ROLLBACK_TO] = "ROLLBACK TO change",
    [OC_SQL_RELEASE] = "RELEASE change",
    [OC_SQL_MODEL] = "SELECT m.id, m.name, m.fingerprint, m.dim FROM gallery g JOIN model m ON m.id = g.model",
    [OC_SQL_MODEL_FIND] = "SELECT id FROM model WHERE fingerprint = ?1 AND dim = ?2",
    [OC_SQL_MODEL_ADD] = "INSERT INTO model (name, fingerprint, dim) VALUES (?1, ?2, ?3)",
    [OC_SQL_MODEL_NAME] = "UPDATE model SET name = ?2 WHERE id = ?1",
    [OC_SQL_MODEL_SET] = "UPDATE gallery SET model = ?1",
    [OC_SQL_ANY_VECTOR] = "SELECT EXISTS (SELECT 1 FROM vector)",
    [OC_SQL_SUBJECT_FIND] = "SELECT id FROM subject WHERE name = ?1",
    [OC_SQL_SUBJECT_ADD] = "INSERT INTO subject (name, created) VALUES (?1, ?2)",
    [OC_SQL_SUBJECT_RENAME] = "UPDATE subject SET name = ?2 WHERE id = ?1",
    [OC_SQL_SUBJECT_DELETE] = "DELETE FROM subject WHERE id = ?1",
    [OC_SQL_SUBJECT_CLEAR] = "DELETE FROM subject",
    [OC_SQL_SUBJECT_LIST] = "SELECT name, (SELECT count(*) FROM face WHERE subject = s.id), created FROM subject s WHERE name > ?1 "
                            "ORDER BY name LIMIT ?2",
    [OC_SQL_SUBJECT_ONE] = "SELECT name, (SELECT count(*) FROM face WHERE subject = s.id), created FROM subject s WHERE name = ?1",
    [OC_SQL_SUBJECT_NAMES] = "SELECT id, name FROM subject ORDER BY id",
    [OC_SQL_FACE_ADD] = "INSERT INTO face (uuid, subject, created, x1, y1, x2, y2, score, quality, aligned) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [OC_SQL_FACE_FIND] = "SELECT id, subject FROM face WHERE uuid = ?1",
    [OC_SQL_FACE_DELETE] = "DELETE FROM face WHERE id = ?1",
    [OC_SQL_FACE_DELETE_ALL] = "DELETE FROM face WHERE subject = ?1",
    [OC_SQL_FACE_MOVE] = "UPDATE face SET subject = ?2 WHERE subject = ?1",
    [OC_SQL_FACE_COUNT] = "SELECT count(*) FROM face WHERE subject = ?1",
    [OC_SQL_FACE_COUNT_ALL] = "SELECT count(*) FROM face",
    [OC_SQL_FACE_LIST] = FACE_COLUMNS "WHERE f.subject = ?1 AND f.id > ?2 ORDER BY f.id LIMIT ?3 OFFSET ?4",
    [OC_SQL_FACE_LIST_ALL] = FACE_COLUMNS "WHERE f.id > ?2 ORDER BY f.id LIMIT ?3 OFFSET ?4",
    [OC_SQL_FACE_ONE] = FACE_COLUMNS "WHERE f.uuid = ?1",
    [OC_SQL_VECTOR_ADD] = "INSERT INTO vector (face, model, data) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT (face, model) DO UPDATE SET data = excluded.data",
    [OC_SQL_VECTOR_HAS] = "SELECT 1 FROM vector WHERE face = ?1 AND model = ?2",
    [OC_SQL_VECTOR_LOAD] = "SELECT f.id, f.subject, f.uuid, v.data FROM vector v JOIN face f ON f.id = v.face "
                           "WHERE v.model = ?1 ORDER BY v.id",
    [OC_SQL_VECTOR_COUNT] = "SELECT count(*) FROM vector WHERE model = ?1",
    [OC_SQL_VECTOR_CONVERTED] = "DELETE FROM vector WHERE model <> ?1 AND face IN (SELECT face FROM vector WHERE model = ?1)",
    [OC_SQL_FACE_DROP_REST] = "DELETE FROM face WHERE id NOT IN (SELECT face FROM vector WHERE model = ?1)",
    [OC_SQL_MODEL_DROP_UNUSED] = "DELETE FROM model WHERE id <> ?1 AND id NOT IN (SELECT DISTINCT model FROM vector)",
    [OC_SQL_PICTURE_ADD] = "INSERT INTO picture (face, data) VALUES (?1, ?2)",
    [OC_SQL_PICTURE] = "SELECT data FROM picture WHERE face = ?1",
    /* NOLINTEND(bugprone-suspicious-missing-comma) */
};

const char *oc_sql_text(enum oc_sql which)
{
    return texts[which];
}
